// Outside names: what the name of a function tells of it: whether it only reads, or does something.
// Owns: the words. Must not touch: where in a text they stand (outside-touch.ts).

/** Names of what only reads or computes: `get`, `findUser`, `toString`. */
const READING =
  /^(?:get|has|is|can|find|list|read|load|look|lookUp|lookup|peek|parse|safeParse|select|count|exists?|to|of|from|map|flatMap|filter|reduce|some|every|slice|split|join|concat|trim|at|keys|values|entries|includes|indexOf|indexBy|match|test|exec|format|round|floor|min|max|sort|toSorted|flat|forEach|then|catch|finally|bind|wait|sleep|delay|pause|expect|assert|check|validate|verify|ensure|invariant|require|compute|calculate|total|sum|price|quote|digest|hash|createHash|createHmac|encode|decode|stringify|replace|replaceAll|substring|startsWith|endsWith|describe|log|debug|info|warn|all|allSettled|query|search|fetch|prepare|first|random|nanoid|uuid|uuidv\d|ulid|generateId|project|normalize|transform|convert)(?![a-z])|(?:Of|For|From)$/

/** Names of what does something, when a plain function calls a helper. */
const DOING =
  /^(?:send|charge|pay|push|post|put|emit|write|save|store|insert|upsert|update|delete|remove|create|record|notify|publish|book|reserve|ship|debit|credit|transfer|refund|deliver|email|mail|add|increment|append|enqueue|submit|order|buy|withdraw|deposit|touch|effect|call|track|bump|mark)(?![a-z])/

/** Those of them that nobody calls on a value of his own: `payFor`, and what follows `new Client()`. */
const CALLING_OUT =
  /^(?:send|charge|pay|post|save|store|insert|upsert|create|notify|publish|reserve|ship|debit|credit|transfer|refund|deliver|email|enqueue|submit|buy|withdraw|deposit)(?![a-z])/

const CHANGING = /^(?:modify|set|replace|increment|lock|claim)(?![a-z])/

/** `getOrCreate`, `findOneAndUpdate` read and do, and `transferFrom` is no noun. */
export function onlyReads(name: string): boolean {
  if (!READING.test(name)) return false
  if (/(?:For|From)$/.test(name) && CALLING_OUT.test(name)) return false
  const [, ...further] = name.split(/(?:And|Or)(?=[A-Z])/)
  return !further.some((part) => {
    const verb = part.charAt(0).toLowerCase() + part.slice(1)
    return DOING.test(verb) || CHANGING.test(verb)
  })
}

export function doesSomething(name: string): boolean {
  return DOING.test(name)
}

export function callsOut(name: string): boolean {
  return CALLING_OUT.test(name)
}
