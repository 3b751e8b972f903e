// Finding kind: what is wrong, numbers and names aside: two findings of one kind most likely have one cause.

export function kindOfFinding(finding = ""): string {
  const [line = ""] = finding.split("\n", 1)
  return line.replaceAll(/"[^"]*"|[\w/]*\d[\w/#:.-]*/g, "…")
}
