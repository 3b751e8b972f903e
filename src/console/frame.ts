// Frame: the page's HTML before the script has run: navigation, heading, the skeleton of the view that the URL asks for.
// Owns: the landmarks and their ids, which browser/shell.ts takes up. Must not touch: data; there is none in it.
//   G1. What comes from the URL is escaped: it is text, never markup.

import { addressOf, documentTitle, headingOf, LABELS, VIEWS, type Place } from "./place.ts"

/** Grey lines that say: something is coming, about here. */
const SKELETON_LINES = 8

export interface FrameParts {
  readonly nonce: string
  readonly script: string
  readonly style: string
}

export function frameHtml(place: Place, { nonce, script, style }: FrameParts): string {
  const heading = escaped(headingOf(place))
  const links = VIEWS.map((view) => {
    const current = view === place.view ? ' aria-current="page"' : ""
    return `<li><a href="${addressOf(view)}" data-view="${view}"${current}>${LABELS[view]}</a></li>`
  }).join("")
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<link rel="icon" href="${ICON}">
<title>${escaped(documentTitle(headingOf(place)))}</title>
<style nonce="${nonce}">${style}</style>
</head>
<body>
<a class="skip" href="#heading">Skip to the content</a>
<header class="bar">
<a class="brand" href="/">${MARK}Belay</a>
<nav aria-label="Views"><ul>${links}</ul></nav>
<div class="tools" id="tools"></div>
</header>
<main id="main">
<h1 id="heading" tabindex="-1"${place.view === "run" ? ' class="id"' : ""}>${heading}</h1>
<div id="view" data-view="${place.view}">${skeleton()}</div>
</main>
<div id="messages" class="messages" role="status" aria-live="polite"></div>
<noscript><p class="noscript">The console is drawn by a script of this page; allow it to run. Everything here can be asked for without it as well: see <a href="/openapi.json">the contract</a>.</p></noscript>
<script nonce="${nonce}">${script}</script>
</body>
</html>
`
}

function skeleton(): string {
  const lines = Array.from({ length: SKELETON_LINES }, () => "<i></i>").join("")
  return `<div class="skeleton" aria-hidden="true">${lines}</div>`
}

function escaped(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
}

/** A rope's figure of eight, which holds. */
const SHAPE = "M7 3.2c-4 0-4 5 0 6.8s4 6.8 0 6.8-4-5 0-6.8 4-6.8 0-6.8Z"

const MARK = `<svg class="mark" viewBox="0 0 14 20" aria-hidden="true"><path d="${SHAPE}"/></svg>`

const ICON = `data:image/svg+xml,${encodeURIComponent(
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="-3 0 20 20"><path d="${SHAPE}" fill="none" stroke="#c2541b" stroke-width="2.4"/></svg>`,
)}`
