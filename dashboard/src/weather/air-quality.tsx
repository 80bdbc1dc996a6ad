import { figures } from '../figures/figures.ts';
import styles from './weather.module.css';

const GRADES = [
    'Good',
    'Moderate',
    'Unhealthy for some',
    'Unhealthy',
    'Very unhealthy',
    'Hazardous',
];

interface AirQualityProps {
    readonly index: number | null;
    readonly pm25: number | null;
}

/** Six segments by the index, and the figure beside them. Without both there is no such line. */
export function AirQuality({ index, pm25 }: AirQualityProps) {
    if (index === null && pm25 === null) return null;
    const grade = index === null ? '' : (GRADES[index - 1] ?? '');
    return (
        <div className={styles['air']}>
            <span className={styles['airName']}>Air quality</span>
            {index !== null && (
                <span className={styles['segments']} data-grade={index} aria-hidden>
                    {GRADES.map((name, place) => (
                        <i key={name} data-on={place < index} />
                    ))}
                </span>
            )}
            <span className={styles['airWords']}>
                <b>{grade}</b> {pm25 !== null && `PM2.5 ${figures.whole(pm25)}`}
            </span>
        </div>
    );
}
