// Page: the console as a response: the frame with its script and style, and the policy they run under.
// Owns: the headers of the page. Must not touch: runs; the script asks the contract's routes.
//   G1. Nothing is loaded from elsewhere: script and style stand in the page and run by a nonce made for each answer.
//   G2. The script makes no markup from text: the browser refuses it (trusted types), not only our own care.

import { SCRIPT, STYLE } from "./bundle.ts"
import { frameHtml } from "./frame.ts"
import { placeOf } from "./place.ts"

/** The page as a response. Its own policy lets it talk to this server alone. */
export function consolePage(request: Request): Response {
  const nonce = crypto.randomUUID()
  const place = placeOf(new URL(request.url).searchParams)
  return new Response(frameHtml(place, { nonce, script: SCRIPT, style: STYLE }), {
    headers: {
      "content-type": "text/html; charset=utf-8",
      "content-security-policy": [
        "default-src 'none'",
        `script-src 'nonce-${nonce}'`,
        `style-src 'nonce-${nonce}'`,
        "img-src data:",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
        "require-trusted-types-for 'script'",
        "trusted-types 'none'",
      ].join("; "),
      "cache-control": "no-store",
    },
  })
}
