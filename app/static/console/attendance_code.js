// The code changes by this page's own count of time, whatever the computer's clock says; ten minutes are kept at hand, so
// that a network that comes and goes is no matter. What has run out is hidden rather than shown too long.
"use strict";
(() => {
  const root = document.querySelector("[data-code]");
  if (!root) return;
  const shown = root.querySelector("[data-shown]"), say = root.querySelector("[data-say]"), words = say.textContent;
  let kept = [], length = 30000, first = 0, at = -1, asking = false;

  const ask = async () => {
    if (asking) return;
    asking = true;
    try {
      const began = performance.now();
      const answer = await fetch(root.dataset.more, { credentials: "same-origin", signal: AbortSignal.timeout(8000) });
      if (!answer.ok || answer.redirected) { location.reload(); return; }
      const told = await answer.json();
      kept = told.codes;
      length = told.seconds * 1000;
      first = began + told.left_ms - length;  // when the first one began, by this page's count
      at = -1;
    } catch { /* the next tick asks again */ } finally { asking = false; }
  };
  const tick = () => {
    const now = kept.length ? Math.floor((performance.now() - first) / length) : -1;
    const gone = kept.length > 0 && now >= kept.length;
    root.classList.toggle("code-gone", gone);
    const line = gone ? "网络中断，二维码已停止更新，请恢复网络" : words;
    if (say.textContent !== line) say.textContent = line;
    if (now !== at && now >= 0 && now < kept.length) {
      at = now;
      shown.innerHTML = kept[now];
      root.dataset.step = String(now);
    }
    if (!kept.length || now >= kept.length / 2) ask();
  };
  setInterval(tick, 500);
  tick();
})();
