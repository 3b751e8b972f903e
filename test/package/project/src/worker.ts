// Worker: the entry of a project that uses the package.
import { Belay } from "belay"
import { buy } from "./shop"

const belay = new Belay()
belay.register("buy", buy)
belay.setDependency("clock", () => () => new Date(0))

export const RunObject = belay.RunObject
export const ScheduleObject = belay.ScheduleObject
export default belay.worker
