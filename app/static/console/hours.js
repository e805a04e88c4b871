// Choosing all rows of a page, and how many are chosen.
"use strict";
(() => {
  const button = document.querySelector("[data-choose]");
  if (!button) return;
  const said = document.querySelector("[data-chosen]");
  const boxes = () => [...document.querySelectorAll(`input[type=checkbox][form="${button.dataset.choose}"]`)];
  const count = () => {
    const all = boxes(), chosen = all.filter((box) => box.checked).length;
    said.textContent = chosen ? `已选 ${chosen} 条` : "";
    button.textContent = all.length && chosen === all.length ? "取消全选" : "全选本页";
  };
  button.hidden = false;
  button.addEventListener("click", () => {
    const all = boxes(), to = all.some((box) => !box.checked);
    all.forEach((box) => { box.checked = to; });
    count();
  });
  document.addEventListener("change", (event) => { if (event.target.matches("input[type=checkbox]")) count(); });
  document.addEventListener("htmx:afterSettle", count);
})();
