/** What whoever starts a sandbox can mend: a fault, a template, a policy or a client ID that it cannot work with. */
export class SandboxProblem extends Error {
  override readonly name = 'SandboxProblem';
}
