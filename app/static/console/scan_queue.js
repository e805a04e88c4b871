// Uses without network: shown, sent when the network is back, each with the server's answer in words.
"use strict";
window.scanQueue = (() => {
  const UNDO_MS = 300000, SEND_MS = 20000, keeping = window.scanKeeping;
  const kept = (selector) => document.querySelector(`[data-kept] ${selector}`);
  let sending = null;
  const words = (use) => use.words ?? "待上传";
  const button = (label, act) => {
    const made = Object.assign(document.createElement("button"), { type: "button", className: "btn", textContent: label });
    made.addEventListener("click", act);
    return made;
  };
  const clock = (moment) => new Date(moment).toLocaleTimeString("zh-CN", { timeZone: "Asia/Shanghai",
    hour: "2-digit", minute: "2-digit", hour12: false });

  // The list, and how many wait. Another account's uses are counted, and left to them.
  const show = async () => {
    const section = document.querySelector("[data-kept]"), me = (await keeping.known())?.account;
    const every = await keeping.queue(), waiting = await keeping.count();
    const mine = every.filter((use) => use.account === me), others = every.length - mine.length;
    section.hidden = !every.length;
    kept("[data-kept-title]").textContent =
      `离线待上传 ${waiting} 笔${kept("[data-kept-title]").dataset.wait ?? ""}`;
    kept("[data-send]").hidden = !document.querySelector("[name=csrf_token]") || !mine.some((use) => !use.final);
    kept("[data-kept-list]").replaceChildren(...mine.map((use) => {
      const line = document.createElement("li"), text = document.createElement("span");
      text.textContent = `${clock(use.redeemed_at)} ${use.title} 尾号 ${use.ent.slice(-6)} · ${words(use)}`;
      line.append(text);
      if (use.code === "MOMENT_WRONG") line.append(...again(use));
      if (use.final) line.append(button("知道了", () => keeping.forget(use).then(show)));
      else if (!use.tried && Date.now() - use.kept_at < UNDO_MS) {
        line.append(button("撤销", () => keeping.forget(use, true).then(show)));
      }
      return line;
    }));
    if (!others) return;
    const line = document.createElement("li");
    line.textContent = `另有 ${others} 笔由其他账号记下，请其登录后上传。`;
    kept("[data-kept-list]").append(line);
  };

  // The phone's clock was wrong: the true time, and once more.
  const again = (use) => {
    const when = Object.assign(document.createElement("input"), { type: "datetime-local", className: "form-control" });
    when.setAttribute("aria-label", "实际使用时间");
    const resend = async () => {
      if (!when.value) { when.focus(); return; }
      const redeemed_at = new Date(when.value).toISOString();
      await keeping.change({ ...use, final: false, code: "", words: "待上传", redeemed_at });
      window.scanQueue.send();
    };
    return [when, button("改时间重发", resend)];
  };

  const sendOne = async (use, known, token) => {
    const form = new FormData();
    const told = { csrf_token: token, store: use.store, number: use.number, service_id: use.svc, proof: use.proof,
      redeemed_at: use.redeemed_at, original: use.original, paid: use.paid };
    Object.entries(told).forEach(([name, value]) => { if (value) form.append(name, value); });
    await keeping.change({ ...use, tried: true });
    const answer = await fetch(known.upload, { method: "POST", body: form, redirect: "error",
      signal: AbortSignal.timeout(SEND_MS) });
    const told_back = answer.headers.get("Content-Type")?.startsWith("application/json") ? await answer.json() : null;
    if (answer.ok && told_back) { await keeping.forget(use); return true; }
    if (!told_back) { // logged out, or a page that has expired: later
      kept("[data-kept-title]").dataset.wait = "，请重新登录后上传";
      return false;
    }
    const passing = answer.status === 429 || answer.status >= 500;
    await keeping.change({ ...use, tried: true, final: !passing, code: told_back.code,
      words: passing ? "待上传" : `未能入账：${told_back.words}` });
    return !passing;
  };

  const send = async () => {
    const known = await keeping.known(), token = document.querySelector("[name=csrf_token]")?.value;
    if (!known || !token || !navigator.onLine) return;
    for (const use of await keeping.queue()) {
      if (use.final || use.account !== known.account) continue;
      try { if (!await sendOne(use, known, token)) break; } catch { break; } // the network is gone again
    }
    await show();
  };

  return {
    show,
    // Never twice at once, not in two tabs either.
    send: () => sending ??= (navigator.locks ? navigator.locks.request("xinyi-scan-send", send) : send())
      .finally(() => { sending = null; }),
  };
})();
