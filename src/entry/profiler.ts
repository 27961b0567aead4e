/** @file Entry point `tapegrad/profiler`: time and memory by operation and by module. */
export { type ProfileOptions, type ProfilerSteps, profile, recordFunction } from "../profiler/profile.ts";
export {
  type ProfileAverages,
  type ProfileAveragesList,
  type ProfileEvent,
  ProfileResult,
  type ProfileSortKey,
  type ProfileTableOptions,
} from "../profiler/profile-result.ts";
export {
  ProfilerAction,
  ProfilerActivity,
  type ProfilerSchedule,
  type ScheduleOptions,
  schedule,
  tensorboardTraceHandler,
} from "../profiler/schedule.ts";
