import { renameSync, writeFileSync } from "node:fs";
import type { Reporter, TestCase, TestModule } from "vitest/node";

/**
 * Keeps the number of passed, failed and skipped tests in the file that ASSAY_TALLY names ("12 1 0"), written anew
 * after each module, so that a run that is cut off leaves the count so far. A module that fails without a failed
 * test, and an error outside of all tests, count as one failure each.
 */
export default class TallyReporter implements Reporter {
  private readonly file = process.env.ASSAY_TALLY;
  private passed = 0;
  private failed = 0;
  private skipped = 0;

  onTestCaseResult(test: TestCase): void {
    const { state } = test.result();
    if (state === "passed") this.passed += 1;
    else if (state === "failed") this.failed += 1;
    else this.skipped += 1;
  }

  onTestModuleEnd(module: TestModule): void {
    const failedTests = [...module.children.allTests("failed")].length;
    if (!module.ok() && failedTests === 0) this.failed += 1;
    this.write();
  }

  onTestRunEnd(_modules: readonly TestModule[], errors: readonly unknown[]): void {
    this.failed += errors.length;
    this.write();
  }

  private write(): void {
    if (this.file === undefined) return;
    writeFileSync(`${this.file}.new`, `${this.passed} ${this.failed} ${this.skipped}\n`);
    renameSync(`${this.file}.new`, this.file);
  }
}
