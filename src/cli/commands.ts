// Commands: all of them, in the order the help has them.

import type { Command } from "./command.ts"
import { EXPORT } from "./commands/export.ts"
import { HALTED } from "./commands/halted.ts"
import { REBUILD, STATS, WORKFLOWS } from "./commands/index-commands.ts"
import { LIST } from "./commands/list.ts"
import { REJECT, RESOLVE, SIGNAL, UPDATE } from "./commands/messages.ts"
import { OPERATE } from "./commands/operate.ts"
import { SHOW } from "./commands/show.ts"
import { START } from "./commands/start.ts"
import { TAIL } from "./commands/tail.ts"

export const COMMANDS: readonly Command[] = [
  START,
  LIST,
  SHOW,
  TAIL,
  HALTED,
  SIGNAL,
  UPDATE,
  RESOLVE,
  REJECT,
  ...OPERATE,
  EXPORT,
  STATS,
  WORKFLOWS,
  REBUILD,
]
