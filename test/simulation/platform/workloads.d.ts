// The workloads come from the other TypeScript project; the bundle puts test/simulation/programs/workloads.ts here.

declare module "simulation:workloads" {
  export const WORKLOADS: readonly import("../words.ts").Workload[]
}
