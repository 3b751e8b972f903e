// Roles: what the token may do, so that nothing is offered that would be refused.
// Owns: the question, once a token; the line that stands where something is not offered. The server decides all the same.
//   O1. Without an answer everything is offered: what is refused then is told with the role that it lacks.

import * as v from "valibot"
import type { Api } from "./api.ts"
import { element } from "./element.ts"
import { storedToken } from "./session.ts"

const ROLE = v.picklist(["read", "start", "operate"])

export type Role = v.InferOutput<typeof ROLE>

const ANSWER = v.looseObject({ roles: v.array(ROLE) })

export class Roles {
  readonly #api: Api
  #token: string | undefined
  #roles: Promise<ReadonlySet<Role>> | undefined

  constructor(api: Api) {
    this.#api = api
  }

  /** Of the token that is stored now. */
  ask(): Promise<ReadonlySet<Role>> {
    const token = storedToken()
    if (this.#roles === undefined || token !== this.#token) {
      this.#token = token
      this.#roles = this.#api.ask("/v1/roles", ANSWER).then(
        ({ roles }) => new Set(roles),
        () => {
          this.#roles = undefined
          return new Set(ROLE.options)
        },
      )
    }
    return this.#roles
  }
}

/** What is offered to a token with the role; to others, in its place, which one they lack. */
export function offered(
  roles: Promise<ReadonlySet<Role>>,
  role: Role,
  what: string,
  offer: HTMLElement,
): HTMLElement {
  void roles.then((held) => {
    if (!held.has(role)) offer.replaceWith(lacking(role, what))
  })
  return offer
}

/** @param what as in "To start a run" */
export function lacking(role: Role, what: string): HTMLElement {
  return element(
    "p",
    { class: "quiet lacking" },
    `${what} a token needs the role “${role}”, which this one has not.`,
  )
}
