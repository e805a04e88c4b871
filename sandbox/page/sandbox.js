"use strict";
// The page does nothing that the control calls cannot: each button is one of them.

const GRADES = ["AAA", "AA", "A", "B", "C", "D", "NONE"];
const LIST = "outstanding_youth_volunteer";
const WEATHER = [
  ["省平台断线", { target: "platform", kind: "drop" }],
  ["省平台变慢（5 秒）", { target: "platform", kind: "latency", value: 5 }],
  ["省平台 502", { target: "platform", kind: "status", value: 502 }],
  ["省平台返回网页", { target: "platform", kind: "html" }],
  ["省平台签名错误", { target: "platform", kind: "bad_signature" }],
  ["省平台时间戳过期", { target: "platform", kind: "stale" }],
  ["收下反馈后断线", { target: "platform", kind: "take_then_drop", path: "/benefit-usages/batches" }],
  ["微信断线", { target: "wechat", kind: "drop" }],
  ["微信变慢（5 秒）", { target: "wechat", kind: "latency", value: 5 }],
  ["微信系统繁忙", { target: "wechat", kind: "status", value: { errcode: -1 } }],
];
const TABLES = {
  usages: ["使用记录", { record_no: "记录号", status: "结果", receipt_no: "回执", person: "人物", scenario: "场景", outcome: "结局", waived_fen: "减免", reason: "原因", at: "时间" }],
  queries: ["查询", { query_no: "查询号", kind: "种类", person: "人物", scenario: "场景", operator: "经办", code: "拒绝", authorization_id: "授权", at: "时间" }],
  authorizations: ["授权", { authorization_id: "授权", authorization_no: "编号", person: "人物", scopes: "范围", scenarios: "场景", status: "状态", expires_at: "到期" }],
  events: ["推送", { event_id: "事件", seq: "序号", type: "种类", person: "人物", status: "结果", http_status: "应答", attempts: "次数", occurred_at: "时间" }],
  initiatives: ["联合激励", { initiative_no: "编号", title: "名称", respond_by: "回应期限", response: "回应", feedbacks: "反馈" }],
  verifications: ["实名核验", { verification_no: "核验号", person: "人物", result: "结果", at: "时间" }],
  breaches: ["违反约定", { at: "时间", call: "调用", code: "代码", what: "说明" }],
};
const SAYS = {
  accepted: "接受", rejected: "拒绝", grade: "等级", report: "报告", active: "有效", revoked: "已撤回", expired: "已到期",
  taken: "已送达", waiting: "等待重推", "given up": "已放弃", new: "新", match: "一致", mismatch: "不一致", not_found: "查无此人",
};
let shown = "usages";

async function call(method, path, body) {
  const response = await fetch("/_control" + path, { method, body: body === undefined ? undefined : JSON.stringify(body) });
  const said = await response.json();
  if (!response.ok) throw new Error(said.error || response.status);
  return said;
}

function make(name, fields = {}, ...children) {
  const node = Object.assign(document.createElement(name), fields);
  node.append(...children);
  return node;
}

function button(words, act) {
  return make("button", { type: "button", textContent: words, onclick: () => attempt(act) });
}

async function attempt(act) {
  try {
    say((await act()) || "");
  } catch (wrong) {
    say("没有成功：" + wrong.message, true);
  }
  await refresh();
}

function say(words, bad = false) {
  const line = document.getElementById("answer");
  line.textContent = words;
  line.className = bad ? "bad" : "";
}

async function push(wish) {
  const { events } = await call("POST", "/platform/events", wish);
  return events.map((one) => `${one.type} ${one.event_id}：${one.taken ? "信易+ 已处理" : "未送达，稍后重推（" + (one.error || one.http_status) + "）"}`).join("；");
}

// Draws only what changed, and leaves the keyboard where it was.
function redraw(id, about, nodes) {
  const box = document.getElementById(id), now = JSON.stringify(about);
  if (box.dataset.about === now) return;
  box.dataset.about = now;
  const reachable = () => [...box.querySelectorAll("button, select, input")];
  const place = reachable().indexOf(document.activeElement);
  box.replaceChildren(...nodes());
  if (place >= 0) reachable()[place]?.focus();
}

function sameOrder(order, wish) {
  return order.target === wish.target && order.kind === wish.kind && order.path === (wish.path || "/")
    && order.times === null && JSON.stringify(order.value ?? null) === JSON.stringify(wish.value ?? null);
}

function drawWeather(orders) {
  redraw("weather", orders, () => [...WEATHER.map(([words, wish]) => {
    const order = orders.find((one) => sameOrder(one, wish));
    const node = button(words, () => (order ? call("DELETE", "/faults", { id: order.id }) : call("POST", "/faults", wish)).then(() => ""));
    node.setAttribute("aria-pressed", String(Boolean(order)));
    return node;
  }), button("维护 60 秒", () => call("PUT", "/platform/settings", { maintenance_s: 60 }).then(() => "省平台维护 60 秒"))]);
  redraw("orders", orders, () => orders.map((one) => make("li", {},
    make("span", { textContent: [one.target === "wechat" ? "微信" : "省平台", one.path, one.kind, one.value === null ? "" : JSON.stringify(one.value), one.times === null ? "直到取消" : `共 ${one.times} 次`, `已发生 ${one.hits} 次`].filter(Boolean).join(" · ") }),
    button("取消", () => call("DELETE", "/faults", { id: one.id }).then(() => "")))));
}

function drawPeople(people) {
  redraw("people", people, () => people.map(drawPerson));
}

function drawPerson(one) {
  const change = (fields) => call("PUT", "/people/" + one.key, fields).then(() => `${one.name}：已修改，未通知信易+`);
  const grade = make("select", { ariaLabel: `${one.name}的等级`, onchange: (event) => attempt(() => change({ grade: event.target.value })) },
    ...GRADES.map((value) => make("option", { value, textContent: value, selected: value === one.grade })));
  const badge = make("span", { className: "grade" + (one.grade === "D" ? " low" : one.grade === "NONE" ? " none" : ""), textContent: one.grade });
  const tick = (words, on, fields) => make("label", {}, make("input", { type: "checkbox", checked: on, onchange: () => attempt(() => change(fields)) }), words);
  const listed = one.red_lists.includes(LIST);
  const lists = listed ? one.red_lists.filter((code) => code !== LIST) : [...one.red_lists, LIST];
  return make("article", { className: "card" },
    make("h3", {}, make("span", { textContent: one.name + " " }, make("code", { textContent: " " + one.key })), badge),
    make("div", { className: "numbers", textContent: `${one.id_number} · ${one.phone}` }),
    make("p", { textContent: one.note || "" }),
    make("div", { className: "buttons" }, grade, tick("有限制", one.restricted, { restricted: !one.restricted }), tick("优秀青年志愿者", listed, { red_lists: lists })),
    make("div", { className: "buttons" },
      button("登录码", () => call("POST", "/wechat/codes", { person: one.key }).then((said) => `${one.name}的 js_code（一次，5 分钟）：${said.js_code}`)),
      button("推送等级", () => push({ type: "grade.changed", person: one.key })),
      button("推送修复", () => push({ type: "record.repaired", person: one.key })),
      button("推送撤回", () => push({ type: "authorization.revoked", person: one.key }))));
}

function drawTabs(counts) {
  redraw("tabs", [shown, counts], () => Object.entries(TABLES).map(([name, [words]]) => {
    const node = button(name in counts ? `${words} ${counts[name]}` : words, async () => { shown = name; });
    node.setAttribute("role", "tab");
    node.setAttribute("aria-selected", String(name === shown));
    return node;
  }));
}

function cell(name, value) {
  if (value === null || value === undefined) return "";
  if (name === "waived_fen") return (value / 100).toFixed(2) + " 元";
  if (name === "response") return value.response === "accepted" ? "接受" : "谢绝";
  if (name === "feedbacks") return value.length ? `${value.length} 期` : "";
  if (Array.isArray(value)) return value.join("、");
  if (/_at$|^at$|_by$/.test(name)) return String(value).slice(5, 19).replace("T", " ");
  return SAYS[value] || String(value);
}

function drawTable(rows) {
  const columns = TABLES[shown][1];
  const head = make("tr", {}, ...Object.values(columns).map((words) => make("th", { scope: "col", textContent: words })));
  const body = rows.slice(-100).reverse().map((row) => make("tr", {}, ...Object.keys(columns).map((name) => {
    const words = cell(name, row[name]);
    return make("td", { textContent: words, title: words });
  })));
  if (!body.length) body.push(make("tr", {}, make("td", { className: "empty", colSpan: Object.keys(columns).length, textContent: "还没有" })));
  redraw("table", [shown, rows], () => [make("thead", {}, head), make("tbody", {}, ...body)]);
}

function drawStatus(settings, clock, orders, breaches) {
  const facts = [
    ["推送到", settings.events_url || "未设置", !settings.events_url],
    ["时钟", clock.now.slice(5, 19).replace("T", " ") + (clock.offset_s ? `（偏 ${clock.offset_s} 秒）` : ""), Boolean(clock.offset_s)],
    ["故障", orders.length, orders.length > 0],
    ["维护", settings.maintenance_s ? `还有 ${Math.ceil(settings.maintenance_s)} 秒` : "无", settings.maintenance_s > 0],
    ["违约", breaches, breaches > 0],
  ];
  redraw("status", facts, () => facts.map(([name, value, bad]) =>
    make("div", { className: bad ? "bad" : "" }, make("dt", { textContent: name }), make("dd", { textContent: value }))));
}

async function refresh() {
  try {
    const [people, faults, settings, clock, breaches, said] = await Promise.all(
      ["/people", "/faults", "/platform/settings", "/clock", "/platform/breaches", "/platform/" + shown].map((path) => call("GET", path)));
    const rows = [...said.items, ...(said.rejected || []), ...(said.refused || [])];
    if (shown === "usages" || shown === "queries") rows.sort((a, b) => (a.at < b.at ? -1 : 1));
    drawStatus(settings, clock, faults.items, breaches.items.length);
    drawWeather(faults.items);
    drawPeople(people.items);
    drawTabs({ [shown]: rows.length, breaches: breaches.items.length });
    drawTable(rows);
  } catch (wrong) {
    say("沙箱没有应答：" + wrong.message, true);
  }
}

document.getElementById("fault").addEventListener("submit", (event) => {
  event.preventDefault();
  const wish = Object.fromEntries(new FormData(event.target));
  for (const name of ["value", "times"]) {
    if (wish[name] === "") delete wish[name];
    else if (/^-?\d+(\.\d+)?$/.test(wish[name])) wish[name] = Number(wish[name]);
  }
  attempt(() => call("POST", "/faults", wish).then(() => "已加上"));
});
document.getElementById("dispute").addEventListener("submit", (event) => {
  event.preventDefault();
  const record_no = new FormData(event.target).get("record_no");
  attempt(() => push({ type: "usage.disputed", data: { record_no, reason: "当事人称非本人使用" } }));
});
document.getElementById("initiate").addEventListener("click", () => attempt(() => push({ type: "initiative.issued" })));
document.getElementById("reset").addEventListener("click", () => {
  if (window.confirm("清空平台收到的记录、推送和故障？人物和授权保留。")) attempt(() => call("POST", "/reset").then(() => "已清空"));
});
refresh();
setInterval(() => { if (!document.hidden) refresh(); }, 3000);
