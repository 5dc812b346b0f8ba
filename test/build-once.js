import { execFileSync } from 'node:child_process';

/** Runs before all tests, so that the e2e tests never see a stale build. */
export default function buildOnce() {
  execFileSync('npm', ['run', '--silent', 'bundle'], { stdio: 'inherit' });
}
