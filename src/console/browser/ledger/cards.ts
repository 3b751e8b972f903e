// Cards: an account of the ledger, a bank account, a transfer, as the systems' routes answer them.
// Owns: how each looks. Must not touch: which ones are shown.

import * as v from "valibot"
import { pathTo, type Api } from "../api.ts"
import { element, type Child } from "../element.ts"
import { messageOf } from "../problem.ts"
import { timeElement } from "../time.ts"
import { valueView } from "../value.ts"

/** Movements of a bank account that are shown; the newest. */
const ENTRIES_SHOWN = 10

const ACCOUNT = v.looseObject({ guid: v.string(), balances: v.record(v.string(), v.string()) })

const BANK = v.looseObject({
  balance: v.number(),
  closed: v.optional(v.boolean()),
  entries: v.array(
    v.looseObject({
      opId: v.string(),
      amount: v.number(),
      note: v.optional(v.string()),
      at: v.string(),
    }),
  ),
})

/** What can be looked up, by what a person calls it. */
export const KINDS = {
  account: { label: "Ledger account, by its UUID", make: accountCard },
  bank: { label: "Bank account, by its name", make: bankCard },
  ledgerTransfer: { label: "Ledger transfer, by its id", make: transferCard("ledger-transfers") },
  transfer: { label: "Money transfer, by its id", make: transferCard("transfers") },
} as const

export type Kind = keyof typeof KINDS

/** The card, or one that says why there is none. */
export async function cardOf(
  api: Api,
  kind: Kind,
  id: string,
  signal: AbortSignal,
): Promise<HTMLElement> {
  const title = KINDS[kind].label.split(",")[0] ?? ""
  try {
    return card(title, id, ...(await KINDS[kind].make(api, id, signal)))
  } catch (error) {
    return card(title, id, element("p", { class: "field-problem" }, messageOf(error)))
  }
}

function card(title: string, id: string, ...children: readonly Child[]): HTMLElement {
  return element(
    "section",
    { class: "panel ledger-card" },
    element("h3", {}, title, " ", element("span", { class: "id" }, id)),
    ...children,
  )
}

async function accountCard(api: Api, uuid: string, signal: AbortSignal): Promise<Child[]> {
  const { guid, balances } = await api.ask(pathTo("accounts", uuid), ACCOUNT, { signal })
  return [
    figures(Object.entries(balances).map(([name, value]) => [words(name), number(value)])),
    element("p", { class: "quiet" }, "ledger id ", element("span", { class: "id" }, guid)),
  ]
}

async function bankCard(api: Api, name: string, signal: AbortSignal): Promise<Child[]> {
  const { balance, closed, entries } = await api.ask(pathTo("balances", name), BANK, { signal })
  const newest = entries.toReversed().slice(0, ENTRIES_SHOWN)
  return [
    figures([["balance", number(balance)]]),
    closed === true ? element("p", {}, "It is closed.") : undefined,
    element(
      "table",
      { class: "entries" },
      element(
        "tbody",
        {},
        ...newest.map(({ opId, amount, note, at }) =>
          element(
            "tr",
            {},
            element("td", {}, timeElement(at)),
            element("td", { class: "id" }, opId),
            element("td", { class: "quiet" }, note ?? ""),
            element("td", { class: "number amount" }, number(amount)),
          ),
        ),
      ),
    ),
  ]
}

function transferCard(route: string) {
  return async (api: Api, id: string, signal: AbortSignal): Promise<Child[]> => [
    valueView(await api.ask(pathTo(route, id), v.unknown(), { signal })),
  ]
}

function figures(list: readonly (readonly [string, string])[]): HTMLElement {
  return element(
    "dl",
    { class: "figures" },
    ...list.map(([name, value]) =>
      element("div", {}, element("dt", {}, name), element("dd", { class: "number" }, value)),
    ),
  )
}

/** `creditsPosted` → `credits posted` */
function words(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)
}

/** Minor units, in groups; a ledger's numbers are wider than a JSON number. */
function number(value: string | number): string {
  return BigInt(value).toLocaleString()
}
