import { Link } from 'wouter';
import { roughly } from '../../../src/base/units.ts';
import { ways } from '../../../src/contract/recovery-words.ts';
import type { ReadyStatus } from '../data/queries.ts';
import { Time } from '../parts/figures.tsx';
import { Fact } from './facts.tsx';
import classes from './facts.module.css';

/** What would be lost, how long it would take to be back, and what is proved: each beside its target. */
export function Recovery({ status }: { status: ReadyStatus | null }) {
  return (
    <dl className={`${classes.facts} ${classes.three}`}>
      <Fact title="Recovery point" loading={!status}>
        {status ? <Point {...status.recoveryPoint} /> : null}
      </Fact>
      <Fact title="Recovery time" loading={!status}>
        {status ? <Duration {...status.recoveryTime} /> : null}
      </Fact>
      <Fact title="Last proved" loading={!status}>
        {status ? <Proof {...status.proved} /> : null}
      </Fact>
    </dl>
  );
}

function Point({ backupId, at, ageSeconds, offSite, target, met }: ReadyStatus['recoveryPoint']) {
  return (
    <>
      {ageSeconds === null ? 'None' : <Span seconds={ageSeconds} missed={met === false} />}
      <small>
        {backupId === null || at === null ? (
          'No good backup of everything'
        ) : (
          <>
            <Link href={`/backups/${backupId}`}>Backup {backupId}</Link>
            {offSite ? ', outside the database' : ', inside the database'}
          </>
        )}
        <Target target={target} />
      </small>
    </>
  );
}

function Duration({ seconds, measuredAt, basis, target, met }: ReadyStatus['recoveryTime']) {
  return (
    <>
      {seconds === null ? 'Not measured' : <Span seconds={seconds} missed={met === false} />}
      <small>
        {measuredAt === null || basis === null ? (
          'A drill measures it'
        ) : (
          <>
            By the {basis} <Time at={measuredAt} relative />
          </>
        )}
        <Target target={target} />
      </small>
    </>
  );
}

function Proof({ backupId, how, at }: ReadyStatus['proved']) {
  if (backupId === null || how === null || at === null) {
    return (
      <>
        Nothing yet
        <small>A drill or a verification proves a backup</small>
      </>
    );
  }
  return (
    <>
      <Time at={at} relative />
      <small>
        <Link href={`/backups/${backupId}`}>Backup {backupId}</Link>, {ways[how]}
      </small>
    </>
  );
}

function Span({ seconds, missed }: { seconds: number; missed: boolean }) {
  const text = roughly(seconds * 1_000);
  return missed ? <span data-missed>{text}</span> : text;
}

function Target({ target }: { target: number | null }) {
  return target === null ? null : `, target ${roughly(target * 1_000)}`;
}
