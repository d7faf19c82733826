/*
 * restore/ owns the restore wizard and the page of a restore. It never starts a restore without its plan on screen.
 */
import { Route, Switch } from 'wouter';
import { NotFoundPage } from '../parts/not-found-page.tsx';
import { RestoreRunPage } from './restore-run-page.tsx';
import { WizardPage } from './wizard-page.tsx';

/** The wizard, and below it the page of each restore. */
export default function RestorePage() {
  return (
    <Switch>
      <Route path="/restore">
        <WizardPage />
      </Route>
      <Route path="/restore/:id">
        {({ id }) =>
          /^[1-9][0-9]{0,15}$/.test(id) ? <RestoreRunPage key={id} id={Number(id)} /> : <NotFoundPage />
        }
      </Route>
      <Route>
        <NotFoundPage />
      </Route>
    </Switch>
  );
}
