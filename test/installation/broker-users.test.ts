import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { MEMBERS } from "../../cli/supervisor/members.ts";
import { madePasswords, passwordVariables } from "../../shared/installation/broker-passwords.ts";
import { BROKER_USER_NAMES } from "../../shared/installation/broker-users.ts";
import { withBrokerUsers } from "../../shared/installation/nats-conf.ts";
import { packageRoot } from "../../shared/installation/package-root.ts";

const conf = readFileSync(join(packageRoot, "deploy/nats.conf"), "utf8");

test("deploy/nats.conf has the users of the list, with what they may do (else: npm run nats-conf)", () => {
  expect(conf).toBe(withBrokerUsers(conf));
});

test("a configuration without the marks is refused, and what stands around them is kept", () => {
  expect(() => withBrokerUsers("max_payload: 1")).toThrow(/needs the lines/);
  const emptied = conf.replace(/ {2}users: \[[\s\S]*\n {2}\]\n/, "");
  expect(emptied).not.toContain("dispatcher");
  expect(withBrokerUsers(emptied)).toBe(conf);
});

test("each service is a member of a system, and one that speaks to the broker is a user of its own name", () => {
  const services = readdirSync(join(packageRoot, "services"));
  expect(MEMBERS.map(({ name }) => name).sort()).toEqual(services.sort());
  for (const { name, user } of MEMBERS) {
    const main = readFileSync(join(packageRoot, "services", name, "main.ts"), "utf8");
    expect([name, user]).toEqual([name, main.includes("/runtime/process/run.ts") ? name : null]);
  }
});

test("every user gets a password of its own, under the variable that the configuration reads; known ones stay", () => {
  const passwords = madePasswords({ client: "known" });
  expect(Object.keys(passwords)).toEqual(BROKER_USER_NAMES);
  expect(new Set(Object.values(passwords)).size).toBe(BROKER_USER_NAMES.length);
  expect(passwords.client).toBe("known");
  for (const variable of Object.keys(passwordVariables(passwords))) expect(conf).toContain(`$${variable}\n`);
});
