// Keys that are made in the page: the private half never leaves it.
"use strict";
const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
const RSA = { name: "RSASSA-PKCS1-v1_5", modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]), hash: "SHA-256" };

function pem(kind, bytes) {
  const text = btoa(String.fromCharCode(...new Uint8Array(bytes))).replace(/(.{64})(?=.)/g, "$1\n");
  return `-----BEGIN ${kind}-----\n${text}\n-----END ${kind}-----\n`;
}

const maker = document.querySelector("[data-make-key]");
if (maker) {
  const find = (name) => document.querySelector(`[data-${name}]`);
  const shown = document.querySelector("#private-key");
  find("generate").hidden = false;
  find("generate").addEventListener("click", async () => {
    find("generate").disabled = true;
    try {
      const pair = await crypto.subtle.generateKey(RSA, true, ["sign", "verify"]);
      shown.value = pem("PRIVATE KEY", await crypto.subtle.exportKey("pkcs8", pair.privateKey));
      document.querySelector("#f-public_key").value = pem("PUBLIC KEY", await crypto.subtle.exportKey("spki", pair.publicKey));
      document.querySelector("#f-public_key").readOnly = true;
      const link = find("download");
      link.href = URL.createObjectURL(new Blob([shown.value], { type: "application/x-pem-file" }));
      link.download = `${maker.dataset.mchid}-private.pem`;
      find("made").hidden = find("register").hidden = false;
      link.focus();
    } catch {
      find("failed").textContent = "这个浏览器不能生成密钥，请换用新版浏览器，或用 openssl 生成后登记公钥。";
      find("failed").hidden = false;
      find("generate").disabled = false;
    }
  });
  find("copy").addEventListener("click", async () => {
    try { await navigator.clipboard.writeText(shown.value); find("said").textContent = "已复制。"; }
    catch { shown.select(); find("said").textContent = "请按 Ctrl+C 复制。"; }
  });
}

// A random secret of 32 letters and digits, each as likely as any other.
const fill = document.querySelector("[data-fill]");
if (fill) {
  fill.hidden = false;
  fill.addEventListener("click", () => {
    const made = [];
    while (made.length < 32) {
      for (const byte of crypto.getRandomValues(new Uint8Array(32))) {
        if (byte < 248 && made.length < 32) made.push(LETTERS[byte % 62]);
      }
    }
    const input = document.getElementById(fill.dataset.fill);
    input.value = made.join("");
    input.select();
  });
}
