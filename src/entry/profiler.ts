/** @file Entry point `tapegrad/profiler`: time and memory by operation and by module. */
export { type ProfileOptions, profile, recordFunction } from "../profiler/profile.ts";
export {
  type ProfileAverages,
  type ProfileEvent,
  ProfileResult,
  type ProfileSortKey,
  type ProfileTableOptions,
} from "../profiler/profile-result.ts";
