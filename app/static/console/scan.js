// The scan page: what was scanned or typed goes to the server; where there is no network, its proof is checked here.
"use strict";
(async () => {
  const root = document.querySelector("[data-scan]");
  if (!root) return;
  const keeping = window.scanKeeping, proofs = window.scanProofs, camera = window.scanCamera, queue = window.scanQueue;
  const one = (selector) => document.querySelector(selector);
  const LOOK_MS = 5000, USE_MS = 20000, TWICE_MS = 500, REACH_MS = [2000, 30000];
  const told = JSON.parse(root.dataset.known), counter = one("#counter"), first = [...counter.childNodes];
  const scanning = Boolean(one("[data-look]"));
  let withCamera = false, shown = null, since = 0;

  const say = (words) => { one("[data-say]").textContent = ""; one("[data-say]").textContent = words; };
  const buzz = () => {
    const pattern = counter.querySelector("[data-buzz]")?.dataset.buzz;
    if (pattern) navigator.vibrate?.(pattern.split(" ").map(Number));
  };
  const net = (words) => { one("[data-net]").hidden = !words; one("[data-net]").textContent = words; };
  const settled = () => {
    since = Date.now();
    one("[data-finder]").hidden = true;
    say(counter.querySelector(".answer")?.textContent.replace(/[✓✗]/g, "").trim() ?? "");
    buzz();
    counter.focus({ preventScroll: true });
    scrollTo(0, 0);
  };
  const known = async () => keeping.known().catch(() => null);
  const now = (what) => Date.now() + (what.skew ?? 0);

  // -- the camera ------------------------------------------------------------------------------------------------
  const watch = () => {
    withCamera = true;
    one("[data-nocamera]").hidden = true;
    one("[data-finder]").hidden = false;
    camera.start(one("[data-video]"), (text) => look(text).catch(lost), (why) => {
      withCamera = false;
      one("[data-finder]").hidden = true;
      one("[data-nocamera-why]").textContent = why;
      one("[data-nocamera]").hidden = false;
    });
  };
  const unwatch = () => { withCamera = false; camera.stop(); one("[data-finder]").hidden = true; };
  const again = () => {
    if (!scanning) { location.assign(one("[data-next]")?.href ?? location.pathname); return; }
    shown = null;
    counter.replaceChildren(...first);
    const input = one("#code"), form = one("[data-look]");
    input.value = "";
    delete form.dataset.sent;
    if (withCamera) watch(); else if (matchMedia("(pointer: fine)").matches) input.focus();
  };

  // -- asking the server -----------------------------------------------------------------------------------------
  const swap = (answer, text) => {
    const main = new DOMParser().parseFromString(text, "text/html").querySelector("main");
    const fresh = main?.querySelector("#counter");
    if (answer.status === 401 || answer.status === 419 || answer.redirected || !main) { location.reload(); return; }
    if (fresh) counter.replaceChildren(...fresh.childNodes);
    else part("no", { words: main.innerText.trim() });
    settled();
  };
  const ask = async (form, content, most) => {
    const answer = await fetch(form.action, { method: "POST", body: content, signal: AbortSignal.timeout(most) });
    if (answer.status === 503) throw new Error("away");
    return [answer, await answer.text()];
  };
  const lost = () => {
    net("网络中断，还不知道是否办成：请再按一次，不会重复核销。");
    say("网络中断，请再按一次");
  };
  const look = async (text) => {
    camera.stop();
    const form = first.map((node) => node.querySelector?.("[data-look]")).find(Boolean), code = text.trim();
    if (form?.action.endsWith("/verify") && navigator.onLine) {
      const content = new FormData(form);
      content.set("code", code);
      let answer = null;
      try { answer = await ask(form, content, LOOK_MS); } catch { net("网络不通，改用离线核验。"); }
      if (answer) { net(""); swap(...answer); return; }
    }
    await lookHere(code);
  };

  // -- without network -------------------------------------------------------------------------------------------
  const part = (name, texts = {}) => {
    counter.replaceChildren(one(`template[data-of=${name}]`).content.cloneNode(true));
    Object.entries(texts).forEach(([key, words]) => { counter.querySelector(`[data-${key}]`).textContent = words; });
    counter.querySelector("[data-again]").addEventListener("click", again);
  };
  const lookHere = async (text) => {
    const what = await known();
    let answer;
    if (!what) answer = { words: "没有网络，也没有可用的离线资料：请先联网打开一次本页。" };
    else if (!proofs.looksLike(text)) answer = { words: "没有网络：请对方在小程序里切换为“离线出示”，再扫一次。" };
    else answer = await proofs.check(text, what, await keeping.seen(), await keeping.queue(), now(what));
    if (answer.words) { part("no", { words: answer.words }); settled(); return; }
    const { claims, service } = answer;
    part("yes", { title: service.title, act: service.kind === "order" ? "确认交付" : "确认核销",
      worth: service.worth ? `最多减免 ${(service.worth / 100).toFixed(2)} 元。` : "" });
    counter.querySelector("[data-amounts]").hidden = service.kind === "order" || !service.worth;
    shown = { proof: text, claims, service, what };
    settled();
  };
  const keep = async (form) => {
    const { proof, claims, service, what } = shown, moment = now(what);
    const given = Object.fromEntries(new FormData(form));
    const sums = [given.original, given.paid].map((sum) => (sum ?? "").trim());
    if (sums.some((sum) => sum && !/^[0-9]{1,8}(\.[0-9]{1,2})?$/.test(sum))) {
      say("请核对金额");
      form.querySelector("details").open = true;
      form.querySelector("#original").focus();
      return;
    }
    const fresh = { number: `S${crypto.randomUUID().replaceAll("-", "")}`, account: what.account, store: what.store,
      svc: claims.svc, ent: claims.ent, jti: claims.jti, title: service.title, proof, original: sums[0], paid: sums[1],
      redeemed_at: new Date(moment).toISOString(), kept_at: Date.now() };
    const taken = moment / 1000 < claims.exp && await keeping.keep(fresh, { jti: claims.jti, exp: claims.exp });
    if (taken) part("kept", { title: service.title });
    else part("no", { words: "这张离线凭证已过期或刚刚用过，请对方重新出示。" });
    shown = null;
    settled();
    await queue.show();
    queue.send();
  };

  // -- what people press -----------------------------------------------------------------------------------------
  document.addEventListener("submit", async (event) => {
    const form = event.target;
    if (form.matches("[data-keep]")) { event.preventDefault(); await keep(form); return; }
    if (!form.matches("[data-look], [data-use]")) return;
    event.preventDefault();
    if (form.dataset.busy) return;
    form.dataset.busy = "1";
    try {
      if (form.matches("[data-look]")) await look(new FormData(form).get("code"));
      else { swap(...await ask(form, new FormData(form), USE_MS)); net(""); }
    } catch { lost(); } finally { delete form.dataset.busy; delete form.dataset.sent; }
  });
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-camera]")) watch();
    else if (event.target.closest("[data-stop]")) unwatch();
    else if (event.target.closest("[data-send]")) queue.send();
    else if (event.target.closest("[data-next]")) {
      event.preventDefault();
      if (Date.now() - since > TWICE_MS) again(); // a second tap of the thumb on what stood there before isn't meant
    }
  });
  document.addEventListener("keydown", (event) => { // a scanner that types, wherever the focus is
    if (event.key.length !== 1 || event.key === " " || event.ctrlKey || event.metaKey || event.altKey
      || event.target.closest("input, textarea, select, dialog")) return;
    if (!one("#code") && scanning && !counter.querySelector("[data-use], [data-keep]")) again();
    one("#code")?.focus();
  });
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) camera.stop();
    else if (withCamera && !one("[data-finder]").hidden) watch();
  });
  addEventListener("offline", () => net("没有网络：请对方改为离线出示。"));
  addEventListener("online", () => { net(""); if (told.account) queue.send(); else location.reload(); });

  // -- the beginning ---------------------------------------------------------------------------------------------
  const button = one("[data-camera]");
  if (button) button.hidden = !camera.possible();
  const reach = async () => { // no event tells that a slow server is back
    const busy = !one("[data-look]") || one("#code").value || !one("[data-finder]").hidden;
    if (document.hidden || !navigator.onLine || busy) return;
    const answer = await fetch(location.href, { signal: AbortSignal.timeout(LOOK_MS) }).catch(() => null);
    if (answer?.ok) location.reload();
  };
  const prepare = async () => {
    const skew = told.now - Date.now(), before = await known();
    const keys = await fetch(told.keys).then((answer) => answer.json()).then((set) => set.keys, () => before?.keys ?? []);
    await keeping.know({ ...told, keys, skew });
    await navigator.serviceWorker?.register(told.worker);
  };
  if (told.account) {
    try { await prepare(); } catch { net("这个浏览器不能离线核销：请不要用无痕窗口。"); }
  } else if (one("[data-store]")) {
    one("[data-store]").textContent = (await known())?.store_name ?? "";
    net("没有网络：请对方改为离线出示。");
    const later = (wait) => setTimeout(() => reach().finally(() => later(Math.min(2 * wait, REACH_MS[1]))), wait);
    later(REACH_MS[0]); // soon: the first load after the network's return may still come too early
  }
  try {
    await keeping.tidy(Date.now());
    await queue.show();
    if (told.account) queue.send();
  } catch { /* nothing can be kept here, and that was said */ }
  root.dataset.ready = "1";
})();
