// Services: what stands outside of the simulated Worker and is Node's: the programs know it as "simulation:services".

export { DatabaseService } from "./database-service.ts"
export { LedgerService } from "./ledger-service.ts"
