// Writes the users of deploy/nats.conf from their list: npm run nats-conf.
import { readFileSync, writeFileSync } from "node:fs";
import { withBrokerUsers } from "../shared/installation/nats-conf.ts";

const FILE = "deploy/nats.conf";

writeFileSync(FILE, withBrokerUsers(readFileSync(FILE, "utf8")));
console.log(`${FILE} has every user of the broker.`);
