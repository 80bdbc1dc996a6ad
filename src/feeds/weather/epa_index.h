// How bad the air is, on the scale of the United States' Environmental Protection Agency.
#pragma once

namespace flux::feeds {

/// The category of fine dust (PM2.5, in µg/m³, not negative): 1 good, 2 moderate, 3 unhealthy for
/// sensitive groups, 4 unhealthy, 5 very unhealthy, 6 hazardous. Breakpoints: 40 CFR part 58,
/// appendix G, table 2, as amended on 6 March 2024 (89 FR 16202). They are meant for means of 24
/// hours; from a single value the index is a hint, as on other pages. Thread: any.
int UsEpaIndex(double pm2_5);

}  // namespace flux::feeds
