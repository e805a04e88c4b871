// For a host's page: <script src="https://…/embed/v1/check.js" data-token="…" data-target="#…" data-officer="…"></script>
// Puts a frame of our own origin into the target. No inline style, no eval, nothing of the host's page is read; the
// token goes behind #, so that no server and no Referer ever sees it.
(function () {
  "use strict";
  var script = document.currentScript;
  var token = script.dataset.token || "";
  var target = document.querySelector(script.dataset.target || "");
  var parts = /^([0-9]{8,10})\.[A-Z0-9.]+$/.exec(token);
  if (!target || !parts) {
    console.error("信易+ check.js: data-target must name an element, data-token must be a widget_token");
    return;
  }
  var frame = document.createElement("iframe");
  frame.title = "信用激励核验";
  frame.width = "100%";
  frame.height = "520";
  frame.setAttribute("frameborder", "0");
  frame.setAttribute("referrerpolicy", "no-referrer");
  frame.setAttribute("sandbox", "allow-scripts allow-same-origin allow-forms");
  var officer = /^[0-9A-Za-z_-]{1,64}$/.test(script.dataset.officer || "") ? "&" + script.dataset.officer : "";
  var ours = new URL(script.src).origin;
  window.addEventListener("message", function (event) {
    var height = event.origin === ours && event.source === frame.contentWindow && event.data && event.data.xinyiHeight;
    if (Number.isInteger(height) && height > 0 && height < 5000) { frame.height = String(height); }
  });
  frame.src = ours + "/embed/v1/" + parts[1] + "/check#" + token + officer;
  target.replaceChildren(frame);
})();
