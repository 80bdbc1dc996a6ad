import { RotateCw, TriangleAlert } from 'lucide-react';
import { Component, type ErrorInfo, type ReactNode } from 'react';
import controls from '../controls/controls.module.css';
import { Card, CardMessage } from './card.tsx';

interface CardBoundaryProps {
    readonly title: string;
    readonly children: ReactNode;
}

/** Keeps a fault of one card inside that card. */
export class CardBoundary extends Component<CardBoundaryProps, { failed: boolean }> {
    override state = { failed: false };

    static getDerivedStateFromError(): { failed: boolean } {
        return { failed: true };
    }

    override componentDidCatch(error: unknown, info: ErrorInfo): void {
        console.error(`The card "${this.props.title}" failed to draw.`, error, info.componentStack);
    }

    override render(): ReactNode {
        if (!this.state.failed) return this.props.children;
        return (
            <Card title={this.props.title} about={null}>
                <CardMessage
                    icon={<TriangleAlert size={24} strokeWidth={1.75} aria-hidden />}
                    title="This card could not be drawn"
                    action={
                        <button className={controls['button']} onClick={this.#drawAgain}>
                            <RotateCw size={16} strokeWidth={1.75} aria-hidden />
                            Draw again
                        </button>
                    }
                >
                    The fault is in this page. The rest of it goes on.
                </CardMessage>
            </Card>
        );
    }

    readonly #drawAgain = (): void => this.setState({ failed: false });
}
