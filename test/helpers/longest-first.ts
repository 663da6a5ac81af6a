import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** The files that take a minute and more; each would otherwise be what all others have ended before. */
const LONGEST =
  /\/(real-remotes|real-servers|scripts|cli-docs|cli-import|cli-limits|reload-random|install|fails)\.test\.ts$/;

/** Vitest begins with large files where it knows of no earlier run, as in CI; some that take longest are small. */
export default class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const isLong = ({ moduleId }: TestSpecification) => LONGEST.test(moduleId);
    return [...sorted.filter(isLong), ...sorted.filter((one) => !isLong(one))];
  }
}
