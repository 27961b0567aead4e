/** @file The part of a WebGL context that is used beside gpu.js. */

export interface GlContext {
  readonly CLAMP_TO_EDGE: number;
  readonly COLOR_ATTACHMENT0: number;
  readonly FLOAT: number;
  readonly FRAMEBUFFER: number;
  readonly MAX_TEXTURE_SIZE: number;
  readonly NO_ERROR: number;
  readonly RENDERER: number;
  readonly RGBA: number;
  readonly TEXTURE_2D: number;
  readonly TEXTURE_WRAP_S: number;
  readonly TEXTURE_WRAP_T: number;
  bindTexture(target: number, texture: object): void;
  bindFramebuffer(target: number, framebuffer: object | null): void;
  createFramebuffer(): object;
  framebufferTexture2D(target: number, at: number, kind: number, texture: object | null, level: number): void;
  getError(): number;
  getExtension(name: "WEBGL_debug_renderer_info"): { readonly UNMASKED_RENDERER_WEBGL: number } | null;
  getParameter(name: number): unknown;
  isContextLost(): boolean;
  readPixels(
    x: number,
    y: number,
    width: number,
    height: number,
    format: number,
    type: number,
    into: Float32Array,
  ): void;
  texParameteri(target: number, name: number, value: number): void;
}

/** Lets go of the texture that the bound framebuffer renders to. While it is attached, deleting it frees nothing. */
export function detach(gl: GlContext, at = 0): void {
  gl.framebufferTexture2D(gl.FRAMEBUFFER, gl.COLOR_ATTACHMENT0 + at, gl.TEXTURE_2D, null, 0);
}

/** Beyond its edges, where nobody reads, a texture of gpu.js begins again, which costs arithmetic in every access. */
export function clamp(gl: GlContext, texture: object): void {
  gl.bindTexture(gl.TEXTURE_2D, texture);
  gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_WRAP_S, gl.CLAMP_TO_EDGE);
  gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_WRAP_T, gl.CLAMP_TO_EDGE);
}
