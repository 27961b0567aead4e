/**
 * @file How arrays lie in the textures of WebGL 2: four elements in a texel, one row of texels after the other. gpu.js reads
 * and writes them so where its setting `optimizeFloatMemory` says it; here is GLSL for that which divides no integers.
 */

/**
 * What kernels call, beside what gpu.js makes of their own statements. SwiftShader divides integers one by one, and takes
 * twice as long for `texelFetch` as for `texture`, so places are floats: the centres of texels. They are exact, as arrays
 * have no more than 2²² texels; a quotient may be off by one, and is corrected.
 *
 * The macros stand for two functions of gpu.js that are declared above: where an element lies, which it divides for, and
 * which element a thread computes. Results have one dimension.
 */
export const TEXEL_FUNCTIONS = `
vec2 placeOf(int at, ivec2 size) {
  float width = float(size.x);
  float y = floor((float(at) + 0.5) / width);
  float x = float(at) - y * width;
  float over = step(width, x) - step(x, -1.0);
  return vec2(x - over * width, y + over) + 0.5;
}
vec4 texelAt(sampler2D data, ivec2 size, int at) { return texture(data, placeOf(at, size) / vec2(size)); }
float elementAt(sampler2D data, ivec2 size, int at) { return texelAt(data, size, at >> 2)[at & 3]; }
#define getMemoryOptimized32(data, size, dim, z, y, x) elementAt(data, size, x)
#define indexTo3D(at, dim) ivec3(at, 0, 0)
`;
