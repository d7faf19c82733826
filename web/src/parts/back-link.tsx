import { Link } from 'wouter';
import classes from './back-link.module.css';
import { Icon } from './icon.tsx';

/** Above the title of a page: the way back to the list that it belongs to. */
export function BackLink({ href, children }: { href: string; children: string }) {
  return (
    <Link href={href} className={classes.back}>
      <Icon name="left" size={14} /> {children}
    </Link>
  );
}
