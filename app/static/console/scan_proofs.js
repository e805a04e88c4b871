// Checking an offline proof on the phone (docs/reference/offline-proof.md): all four conditions, or a no.
"use strict";
window.scanProofs = (() => {
  const FORM = /^([A-Za-z0-9_-]{20,200})\.([A-Za-z0-9_-]{20,600})\.([A-Za-z0-9_-]{86})$/;
  const CLAIMS = { aud: "string", svc: "string", ent: "string", jti: "string", iat: "number", exp: "number" };
  const AHEAD_S = 300;
  const bytes = (text) => Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0));
  const object = (text) => {
    try {
      const read = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes(text)));
      return read && typeof read === "object" && !Array.isArray(read) ? read : null;
    } catch { return null; }
  };
  const only = (read, names) => Object.keys(read).sort().join() === [...names].sort().join();

  const signed = async (text, keys) => {
    const found = FORM.exec(text);
    const header = found && object(found[1]), claims = found && object(found[2]);
    if (!header || !claims || !only(header, ["alg", "kid", "typ"]) || !only(claims, Object.keys(CLAIMS))) return null;
    if (header.alg !== "ES256" || header.typ !== "xinyi-proof+jwt") return null;
    if (Object.entries(CLAIMS).some(([name, kind]) => typeof claims[name] !== kind)) return null;
    const jwk = keys.find((key) => key.kid === header.kid && key.kty === "EC" && key.crv === "P-256");
    if (!jwk) return null;
    const ec = { name: "ECDSA", namedCurve: "P-256" }, { kty, crv, x, y } = jwk;
    const key = await crypto.subtle.importKey("jwk", { kty, crv, x, y }, ec, false, ["verify"]);
    const right = await crypto.subtle.verify({ name: "ECDSA", hash: "SHA-256" }, key, bytes(found[3]),
      new TextEncoder().encode(`${found[1]}.${found[2]}`));
    return right ? claims : null;
  };

  return {
    looksLike: (text) => FORM.test(text),
    // {claims, service} where it may be taken now; {words} where not. `now`: ms by the server's clock as last seen.
    check: async (text, known, seen, queue, now) => {
      const bad = { words: "这张离线凭证不能使用，请对方联网后重新出示，或按普通方式办理。" };
      const claims = await signed(text, known.keys ?? []);
      if (!claims || claims.aud !== known.mchid || !Object.hasOwn(known.services, claims.svc)) return bad;
      if (now / 1000 >= claims.exp || now / 1000 < claims.iat - AHEAD_S) return bad;
      if (seen.some((one) => one.jti === claims.jti)) return bad;
      if (queue.some((one) => !one.final && one.ent === claims.ent)) return bad;
      const service = known.services[claims.svc];
      if (!service.here) return { words: "这项权益不在本店使用，请对方到适用的门店。" };
      return { claims, service };
    },
  };
})();
