// What the console's pages do beyond HTML. Each works without it, too: a dialog is a page, a chart is a table.
"use strict";
const one = (selector, root = document) => root.querySelector(selector);
const all = (selector, root = document) => [...root.querySelectorAll(selector)];

// The menu is open on a desk and folded on a phone.
const menu = one(".menu");
if (menu && matchMedia("(max-width: 48rem)").matches) menu.open = false;

// A link that asks before it acts: its page's question as a dialog.
document.addEventListener("click", async (event) => {
  const link = event.target.closest("a[data-dialog]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
  event.preventDefault();
  try {
    const answer = await fetch(link.href, { credentials: "same-origin" });
    const found = one("[data-confirm]", new DOMParser().parseFromString(await answer.text(), "text/html"));
    if (!answer.ok || !found) { location.assign(link.href); return; }
    const dialog = document.body.appendChild(document.createElement("dialog"));
    const title = one("h1", found);
    if (title) { title.id = "dialog-title"; dialog.setAttribute("aria-labelledby", "dialog-title"); }
    dialog.append(found);
    all("[data-close], .confirm a.btn", dialog).forEach((close) => close.addEventListener("click", (pressed) => {
      pressed.preventDefault(); dialog.close(); }));
    dialog.addEventListener("close", () => { dialog.remove(); link.focus(); });
    dialog.showModal();
  } catch { location.assign(link.href); }
});

// Uses without network that the scan page has kept and not sent (scan_keeping.js): say so before logging out. What it
// knows goes out of use with the session.
document.addEventListener("submit", (event) => {
  if (!event.target.matches("form[action='/console/logout']")) return;
  const unsent = Number(localStorage.getItem("xinyi-unsent"));
  if (unsent && !confirm(`还有 ${unsent} 笔离线核销没有上传。退出后它们留在这台设备上，您重新登录后才会上传。仍要退出吗？`)) {
    event.preventDefault();
    event.stopPropagation();
  } else localStorage.removeItem("xinyi-scan");
}, true);

// One press is one request.
document.addEventListener("submit", (event) => {
  if (event.target.method !== "post" || event.target.matches(".export")) return;
  if (event.target.dataset.sent) { event.preventDefault(); return; }
  event.target.dataset.sent = "1";
});
addEventListener("pageshow", () => all("form[data-sent]").forEach((form) => delete form.dataset.sent));

// An upload with its progress; what is too large isn't sent at all.
document.addEventListener("submit", (event) => {
  const form = event.target.closest("form[data-upload]");
  if (!form || event.defaultPrevented) return;
  event.preventDefault();
  const bar = one("progress", form), said = one("[data-upload-said]", form), most = Number(form.dataset.upload);
  const stop = (words) => { said.textContent = words; bar.hidden = true; delete form.dataset.sent; };
  const bytes = all("input[type=file]", form).flatMap((input) => [...input.files]).reduce((sum, file) => sum + file.size, 0);
  if (most && bytes > most) { stop(`文件过大，最多 ${Math.floor(most / 1048576)} MB。`); return; }
  const request = new XMLHttpRequest();
  request.open("POST", form.action);
  request.upload.addEventListener("progress", (sent) => {
    bar.hidden = false; bar.value = sent.lengthComputable ? sent.loaded * 100 / sent.total : 0;
    said.textContent = bar.value < 100 ? `已上传 ${Math.floor(bar.value)}%` : "已上传，正在处理…";
  });
  request.addEventListener("load", () => {
    if (request.status < 300 && request.responseURL !== form.action) { location.assign(request.responseURL); return; }
    const fresh = one("main", new DOMParser().parseFromString(request.responseText, "text/html"));
    if (fresh) { one("main").replaceWith(fresh); fresh.focus(); } else stop("上传未成功，请重试。");
  });
  request.addEventListener("error", () => stop("网络中断，上传未成功，请重试。"));
  request.send(new FormData(form));
});

// Charts: the same figures stand in the table beside.
const colours = ["#0b57a4", "#b35900", "#13703a", "#6d3fa0", "#a3181c", "#3f5468"];
function draw(root) {
  if (!window.echarts) return;
  all("[data-chart]", root).forEach((place) => {
    if (echarts.getInstanceByDom(place)) return;
    const told = JSON.parse(place.dataset.chart), picture = echarts.init(place, null, { renderer: "canvas" });
    const pie = told.kind === "pie", names = Object.keys(told.series);
    picture.setOption({ color: colours, animation: !matchMedia("(prefers-reduced-motion: reduce)").matches,
      tooltip: { trigger: pie ? "item" : "axis" }, legend: { show: names.length > 1 || pie, bottom: 0 },
      grid: { left: 12, right: 16, top: 24, bottom: 40, containLabel: true },
      xAxis: pie ? undefined : { type: "category", data: told.labels, axisLabel: { color: "#16202c" } },
      yAxis: pie ? undefined : { type: "value", name: told.unit, axisLabel: { color: "#16202c" } },
      series: pie ? [{ type: "pie", data: told.labels.map((name, at) => ({ name, value: told.series[names[0]][at] })) }]
        : names.map((name) => ({ name, type: told.kind, data: told.series[name] })) });
    new ResizeObserver(() => picture.resize()).observe(place);
  });
}
draw(document);
document.addEventListener("htmx:afterSettle", (event) => draw(event.target));

// What htmx couldn't bring is shown as a page: a log-in that has ended, a no in Chinese.
document.addEventListener("htmx:beforeSwap", (event) => {
  const answer = event.detail.xhr;
  const select = event.detail.target.id;
  if (answer.status >= 400 || (select && !answer.responseText.includes(`id="${select}"`))) {
    event.detail.shouldSwap = false;
    location.assign(answer.responseURL || location.href);
  }
});
