import { Link, useRoute } from 'wouter';
import classes from './section-tabs.module.css';

interface SectionTabsProps {
  /** What the tabs are parts of, for a screen reader. */
  label: string;
  tabs: readonly { path: string; title: string }[];
}

/** The tabs of a screen, each with its own address. */
export function SectionTabs({ label, tabs }: SectionTabsProps) {
  return (
    <nav aria-label={label} className={classes.tabs}>
      {tabs.map((tab) => (
        <Tab key={tab.path} {...tab} />
      ))}
    </nav>
  );
}

function Tab({ path, title }: SectionTabsProps['tabs'][number]) {
  const [here] = useRoute(path);
  return (
    <Link href={path} className={classes.tab} aria-current={here ? 'page' : undefined}>
      {title}
    </Link>
  );
}
