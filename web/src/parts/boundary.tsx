import { Component, type ReactNode } from 'react';

interface BoundaryProps {
  /** A new value renders the children again. */
  at?: string;
  fallback: (error: unknown) => ReactNode;
  children: ReactNode;
}

/** Shows a fallback when a part fails to render; other parts are not affected. */
export class Boundary extends Component<BoundaryProps, { at: string | undefined; error: unknown }> {
  override state: { at: string | undefined; error: unknown } = { at: this.props.at, error: null };

  static getDerivedStateFromError(error: unknown): { error: unknown } {
    return { error };
  }

  static getDerivedStateFromProps({ at }: BoundaryProps, state: { at: string | undefined }): object | null {
    return at === state.at ? null : { at, error: null };
  }

  override render(): ReactNode {
    return this.state.error === null ? this.props.children : this.props.fallback(this.state.error);
  }
}
