/*
 * access/ owns the screen of tokens: who else may call, and what each may do. It never decides what a scope admits.
 */
import { PageHeader } from '../parts/page-header.tsx';
import { Tokens } from './tokens.tsx';

export default function AccessPage() {
  return (
    <>
      <PageHeader title="Access">
        Tokens for scripts, dashboards and agents that call Holdfast, each with no more than it needs.
      </PageHeader>
      <Tokens />
    </>
  );
}
