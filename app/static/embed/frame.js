// The widget's page: asks how the check stands until it is done, shows titles with yes or no, records the response.
(function () {
  "use strict";
  var EVERY_MS = 2000;
  var said = location.hash.slice(1).split("&");
  var token = said[0];
  var officer = said[1] || null;
  history.replaceState(null, "", location.pathname); // it stays in this page's memory only
  var byId = function (id) { return document.getElementById(id); };

  function ask(path, body) {
    return fetch("/embed/v1/checks/current" + path, {
      method: body ? "POST" : "GET", credentials: "omit", cache: "no-store", body: body ? JSON.stringify(body) : undefined,
      headers: Object.assign({ Authorization: "Check " + token, "Accept-Language": "zh-CN" }, body ? { "Content-Type": "application/json" } : {})
    }).then(function (answer) {
      return answer.json().then(function (told) {
        if (!answer.ok) { throw Object.assign(new Error(told.code), { told: told, status: answer.status }); }
        return told;
      });
    });
  }

  function show(part) {
    ["waiting", "done", "recorded"].forEach(function (id) { byId(id).hidden = id !== part; });
    // to whoever frames us: the policy has let only registered origins, and a height tells nothing
    parent.postMessage({ xinyiHeight: document.documentElement.offsetHeight }, "*");
  }

  function say(words) {
    if (byId("status").textContent !== words) { byId("status").textContent = words; }
  }

  function waiting(told) {
    say("等待申请人扫码");
    var drawn = "data:image/svg+xml;charset=utf-8," + encodeURIComponent(told.qr);
    if (byId("qr").src !== drawn) { byId("qr").src = drawn; }
    byId("until").textContent = told.expires_at.slice(11, 19);
    byId("until").dateTime = told.expires_at;
    show("waiting");
    setTimeout(look, EVERY_MS);
  }

  function choice(value, title, eligible, words) {
    var row = document.createElement("li");
    var label = document.createElement("label");
    var radio = document.createElement("input");
    radio.type = "radio";
    radio.name = "applied";
    radio.value = value;
    radio.disabled = !eligible;
    radio.required = true;
    var name = document.createElement("span");
    name.textContent = title;
    label.append(radio, name);
    if (words) {
      var mark = document.createElement("span");
      mark.className = eligible ? "yes" : "no";
      mark.textContent = words;
      label.append(mark);
    }
    row.append(label);
    return row;
  }

  function done(told) {
    say("核验完成，请选择采用的激励");
    var rows = told.incentives.map(function (each) {
      return choice(each.service_id, each.title, each.eligible, each.eligible ? "可享受" : "不适用");
    });
    byId("incentives").replaceChildren.apply(byId("incentives"), rows.concat([choice("", "未采用激励", true, "")]));
    show("done");
  }

  function recorded(told) {
    var found = told.incentives.filter(function (each) { return each.service_id === told.response.applied; })[0];
    byId("applied").textContent = found ? found.title : "未采用激励";
    say("响应已记录");
    show("recorded");
  }

  function shown(told) {
    byId("matter").textContent = "事项：" + told.matter;
    if (told.response) { recorded(told); } else if (told.state === "done") { done(told); } else { waiting(told); }
  }

  function wrong(why) {
    if (why.status === 401) {
      say(why.told.detail);
      show("");
    } else {
      say(why.told ? why.told.detail : "网络不通，正在重试…");
      setTimeout(look, EVERY_MS * 2);
    }
  }

  function look() { ask("").then(shown).catch(wrong); }

  byId("done").addEventListener("submit", function (event) {
    event.preventDefault();
    var body = { applied: new FormData(event.target).get("applied") || null };
    var note = byId("note").value.trim();
    if (note) { body.note = note; }
    if (officer) { body.officer = officer; }
    byId("record").disabled = true;
    ask("/response", body).then(shown).catch(function (why) {
      say(why.told ? ((why.told.errors && "备注中请勿填写证件号码、手机号。") || why.told.detail) : "网络不通，请重试");
    }).finally(function () { byId("record").disabled = false; });
  });

  look();
})();
