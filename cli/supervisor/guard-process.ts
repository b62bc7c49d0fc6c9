import { homeAt } from "./home.ts";
import { drained, stopLeftovers } from "./leftovers.ts";
import { tryLock } from "./lock.ts";

// A process of its own, started by the guard when the supervisor of the home in its argument is gone.
const home = homeAt(process.argv[2]!);
// The lock is not held meanwhile: a new supervisor may start at once, and ends what was left by itself.
await drained(home);
const lock = tryLock(home.lock);
if (lock !== undefined) {
  await stopLeftovers(home, () => {});
  lock.release();
}
