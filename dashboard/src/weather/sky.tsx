import type { ReactNode } from 'react';
import type { SkyKind } from './reading.ts';

const CLOUD = 'M20 52a11 11 0 0 1-.8-22A16 16 0 0 1 50 32.6 9.8 9.8 0 0 1 48.600 52z';

function Sun({ x, y, size }: { x: number; y: number; size: number }) {
    const rays = Array.from({ length: 8 }, (_, index) => {
        const angle = (index * Math.PI) / 4;
        const at = (distance: number) =>
            `${(x + Math.cos(angle) * distance).toFixed(1)} ${(y + Math.sin(angle) * distance).toFixed(1)}`;
        return `M${at(size + 5)}L${at(size + 10)}`;
    });
    return (
        <>
            <circle cx={x} cy={y} r={size} fill="var(--sun)" />
            <path d={rays.join('')} stroke="var(--sun)" strokeWidth="3.5" strokeLinecap="round" />
        </>
    );
}

function Moon({ x, y, scale }: { x: number; y: number; scale: number }) {
    return (
        <path
            transform={`translate(${x} ${y}) scale(${scale})`}
            d="M10-13.500A16 16 0 1 0 14.500 8 13 13 0 0 1 10-13.500z"
            fill="var(--moon)"
        />
    );
}

function Cloud({ dx = 0, dy = 0, behind = false }: { dx?: number; dy?: number; behind?: boolean }) {
    return (
        <path
            d={CLOUD}
            transform={`translate(${dx} ${dy})`}
            fill={behind ? 'var(--cloud-2)' : 'var(--cloud)'}
            stroke="var(--surface)"
            strokeWidth="3"
        />
    );
}

function Strokes({ d, colour, width = 3.5 }: { d: string; colour: string; width?: number }) {
    return <path d={d} stroke={colour} strokeWidth={width} strokeLinecap="round" fill="none" />;
}

const DROPS = 'M25 58l-2.500 7M36 58l-2.500 7M47 58l-2.500 7';

function drawing(kind: SkyKind, night: boolean): ReactNode {
    const light = (x: number, y: number, size: number) =>
        night ? <Moon x={x} y={y} scale={size / 14} /> : <Sun x={x} y={y} size={size} />;
    switch (kind) {
        case 'clear':
            return night ? <Moon x={34} y={36} scale={1.5} /> : <Sun x={36} y={36} size={16} />;
        case 'few-clouds':
            return (
                <>
                    {light(28, 28, 13)}
                    <Cloud dx={12} dy={8} />
                </>
            );
        case 'clouds':
            return (
                <g transform="translate(-5 -7) scale(1.25)">
                    <Cloud />
                </g>
            );
        case 'overcast':
            return (
                <>
                    <Cloud dx={14} dy={-12} behind />
                    <Cloud dx={-2} dy={2} />
                </>
            );
        case 'showers':
            return (
                <>
                    <Cloud dx={2} dy={-8} />
                    <Strokes d={DROPS} colour="var(--rain)" />
                </>
            );
        case 'rain':
            return (
                <>
                    {light(26, 20, 10)}
                    <Cloud dx={8} dy={-4} />
                    <Strokes
                        d="M31 60l-2.500 7M42 60l-2.500 7M53 60l-2.500 7"
                        colour="var(--rain)"
                    />
                </>
            );
        case 'thunder':
            return (
                <>
                    <Cloud dx={2} dy={-10} />
                    <path d="M38 40l-9 14h8l-3 12 11-15h-8l4-11z" fill="var(--sun)" />
                </>
            );
        case 'snow':
            return (
                <>
                    <Cloud dx={2} dy={-8} />
                    <Strokes
                        d="M25 56v0M36 62v0M47 56v0M30 66v0M42 68v0"
                        colour="var(--rain)"
                        width={5}
                    />
                </>
            );
        case 'mist':
            return (
                <Strokes d="M14 22h34M22 32h38M12 42h40M24 52h32" colour="var(--cloud)" width={5} />
            );
        case 'unknown':
            return <Cloud dx={2} dy={-2} behind />;
    }
}

/** The sky in one drawing. What it shows stands beside it in words. */
export function Sky({ kind, night }: { readonly kind: SkyKind; readonly night: boolean }) {
    return (
        <svg viewBox="0 0 72 72" width="72" height="72" aria-hidden data-sky={kind}>
            {drawing(kind, night)}
        </svg>
    );
}
