import { runCommand } from './command.ts';
import { releaseTag } from './release-tag.ts';

// release-check.ts: whether the files of a release may be made of what is checked out here, and of which tag.

await runCommand(async () => console.log(`A release of ${await releaseTag('.')} may be made here.`));
