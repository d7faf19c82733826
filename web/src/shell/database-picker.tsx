import { Menu } from '@mantine/core';
import { Link, useLocation } from 'wouter';
import { isMoreThanOne, useDatabases } from '../data/databases.ts';
import { chosenDatabase, inDatabase, pageRoot } from '../data/place.ts';
import { useStatus } from '../data/queries.ts';
import { databaseMark, type Mark } from '../format/database-words.ts';
import { Icon } from '../parts/icon.tsx';
import classes from './database-picker.module.css';

/** How old the health of the others may be when the list is opened, in milliseconds. */
const oldMs = 5_000;

/**
 * Which database the page is about, with its health, and the way to the others. Each way loads the page anew. Shows nothing where there
 * is one database and nothing that is not protected.
 */
export function DatabasePicker() {
  const { data, dataUpdatedAt, refetch } = useDatabases();
  const [location] = useLocation();
  const mark = useMark(data?.databases[0]?.name ?? null);
  if (data ? !isMoreThanOne(data) && chosenDatabase === null : chosenDatabase === null) return null;
  const { databases = [], unprotected = [] } = data ?? {};
  const name = chosenDatabase ?? databases[0]?.name ?? '';
  // A backup has another number there.
  const section = location === '/databases' ? '/' : `/${location.split('/')[1] ?? ''}`;
  return (
    <Menu
      position="bottom-start"
      width={300}
      shadow="md"
      onOpen={() => {
        if (Date.now() - dataUpdatedAt > oldMs) void refetch();
      }}
    >
      <Menu.Target>
        <button type="button" className={classes.target}>
          <span className="visually-hidden">Database </span>
          <Dot mark={mark} />
          <span className={classes.name}>{name}</span>
          {mark ? <span className="visually-hidden">, {mark.word}</span> : null}
          <Icon name="down" size={16} />
        </button>
      </Menu.Target>
      <Menu.Dropdown className={classes.list}>
        {databases
          .filter(({ state }) => state !== 'gone')
          .map((each) => (
            <Menu.Item
              key={each.name}
              component="a"
              href={inDatabase(pageRoot + section, each.name)}
              aria-current={each.name === name ? 'true' : undefined}
              leftSection={<Dot mark={databaseMark(each)} />}
            >
              <span className={classes.item}>
                <span className={classes.name}>{each.name}</span>
                <span className={classes.word}>{databaseMark(each).word}</span>
              </span>
            </Menu.Item>
          ))}
        <Menu.Divider />
        <Menu.Item component={Link} href="/databases" leftSection={<Icon name="databases" size={16} />}>
          <span className={classes.item}>
            <span className={classes.name}>All databases</span>
            {unprotected.length > 0 ? (
              <span className={classes.word}>{unprotected.length} not protected</span>
            ) : null}
          </span>
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}

function Dot({ mark }: { mark: Mark | null }) {
  return <span className={classes.dot} data-tone={mark?.tone ?? 'quiet'} aria-hidden="true" />;
}

/** Of the database of the page: its status is asked for anyway, and is newer than the list. */
function useMark(first: string | null): Mark | null {
  const { data: status } = useStatus();
  const { data } = useDatabases();
  const listed = data?.databases.find(({ name }) => name === (chosenDatabase ?? first));
  if (status?.initialized) {
    const { health } = status;
    const away = health.warnings.find(({ code }) => code === 'DATABASE_UNREACHABLE');
    return databaseMark({ state: 'ready', health, problem: away?.code ?? null });
  }
  if (status) return databaseMark({ state: 'not-initialized', health: null, problem: null });
  return listed ? databaseMark(listed) : null;
}
