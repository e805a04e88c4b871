// What the scan page keeps on the phone: what it has to know without network, the uses not yet sent, proofs seen.
// Nothing of it says who anybody is.
"use strict";
window.scanKeeping = (() => {
  const DAY = 86400000;
  let opening = null;
  const open = () => opening ??= new Promise((done, fail) => {
    const asked = indexedDB.open("xinyi-scan", 1);
    asked.onupgradeneeded = () => {
      asked.result.createObjectStore("known");
      asked.result.createObjectStore("queue", { keyPath: "number" });
      asked.result.createObjectStore("seen", { keyPath: "jti" });
    };
    asked.onsuccess = () => done(asked.result);
    asked.onerror = () => { opening = null; fail(asked.error); };
  });
  // One transaction over `stores`; what `work` asked of them, once all of it is on the disk.
  const within = async (stores, mode, work) => {
    const base = await open();
    return new Promise((done, fail) => {
      const all = base.transaction(stores, mode, { durability: "strict" });
      const asked = work(...stores.map((name) => all.objectStore(name)));
      all.oncomplete = () => done(asked?.result);
      all.onerror = all.onabort = () => fail(all.error);
    });
  };
  const count = async () => {
    const me = localStorage.getItem("xinyi-scan");
    const unsent = (await queue()).filter((one) => !one.final && one.account === me).length;
    localStorage.setItem("xinyi-unsent", String(unsent));
    return unsent;
  };
  const queue = () => within(["queue"], "readonly", (kept) => kept.getAll());

  return {
    know: (known) => { localStorage.setItem("xinyi-scan", known.account);
      return within(["known"], "readwrite", (kept) => kept.put({ ...known, at: Date.now() }, "known")); },
    // Of the account that is logged in, and not older than a day; null otherwise.
    known: async () => {
      const found = await within(["known"], "readonly", (kept) => kept.get("known"));
      return found && localStorage.getItem("xinyi-scan") === found.account && Date.now() - found.at < DAY ? found : null;
    },
    queue, count,
    // The use and its proof together, or neither: false where another tab was faster with the same proof.
    keep: async (use, seen) => {
      try {
        await within(["queue", "seen"], "readwrite", (uses, proofs) => { proofs.add(seen); uses.add(use); });
      } catch { return false; }
      navigator.storage?.persist?.(); // browsers then ask before they throw it away
      await count();
      return true;
    },
    change: async (use) => { await within(["queue"], "readwrite", (uses) => { uses.put(use); }); await count(); },
    // It is off this phone; `undone`: it was never used, so its proof may be shown again.
    forget: async (use, undone) => {
      await within(["queue", "seen"], "readwrite", (uses, proofs) => {
        uses.delete(use.number);
        if (undone) proofs.delete(use.jti);
      });
      await count();
    },
    seen: () => within(["seen"], "readonly", (proofs) => proofs.getAll()),
    // Proofs that are over are no longer worth keeping.
    tidy: async (now) => {
      const over = (await window.scanKeeping.seen()).filter((one) => one.exp * 1000 + DAY < now);
      if (over.length) await within(["seen"], "readwrite", (proofs) => { over.forEach((one) => proofs.delete(one.jti)); });
    },
  };
})();
