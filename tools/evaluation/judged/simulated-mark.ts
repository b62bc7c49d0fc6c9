/** Every answer of the simulator has a line that begins so, or has it as a text in its JSON (docs/simulator.md). */
const MARK = /^(?:\w+: )?\[simulated(?: [\w ]*)?\]|"\[simulated\]"/m;

/** Whether a text was made up by the simulator. */
export function isSimulated(text: string): boolean {
  return MARK.test(text);
}
