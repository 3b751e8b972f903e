// Inferred names: a bundle in which a function that has its name anyway is not given it once more, each time it is made.
// The bundler keeps a function's name by a call for every function (keepNames), although most of them are not renamed:
// in a world, where closures are made by the million, those calls take one instant of twenty.
//   N1. Only what stands in lines of its own is looked at, as the bundler prints it; anything else keeps its call.

const CALL = "/* @__PURE__ */ __name("
const DECLARED = /^\s*__name\((\w+), "\1"\);$/

/** `const name = …` or `name: …`, where the language gives the function that name. */
const NAMED = /^(\s*)(?:(?:const|let|var) (\w+) = |(\w+): )\/\* @__PURE__ \*\/ __name\(/

export function withInferredNames(bundle: string): string {
  const lines = bundle.split("\n")
  for (const [at, line] of lines.entries()) {
    if (DECLARED.test(line)) lines[at] = ""
    const [, indent = "", variable, property] = NAMED.exec(line) ?? []
    const name = variable ?? property
    if (name !== undefined) inferIn(lines, at, indent, name)
  }
  return lines.join("\n")
}

/** Takes the call off the function that begins there, if its end is where it is looked for. */
function inferIn(lines: string[], start: number, indent: string, name: string): void {
  const end = new RegExp(`, "${name}"\\)([;,]?)$`)
  let last = start
  if (!end.test(lines[start] ?? "")) {
    // The line that closes it is the first that stands as deep as the one that opens it.
    do last++
    while (last < lines.length && !isAsDeep(lines[last] ?? "", indent))
  }
  const closing = lines[last] ?? ""
  if (!end.test(closing)) return
  lines[last] = closing.replace(end, "$1")
  lines[start] = (lines[start] ?? "").replace(CALL, "")
}

function isAsDeep(line: string, indent: string): boolean {
  return line.startsWith(indent) && /\S/.test(line.charAt(indent.length))
}
