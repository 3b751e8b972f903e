// Account stub: the way to the object of one account.
// Owns: which object belongs to which name.

import type { BankAccountObject } from "./account-object.ts"

export function accountOf(
  accounts: DurableObjectNamespace<BankAccountObject>,
  name: string,
): DurableObjectStub<BankAccountObject> {
  return accounts.get(accounts.idFromName(name))
}
