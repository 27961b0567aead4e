/** @file The part of a WebGL context that is used beside gpu.js. */

export interface GlContext {
  readonly COLOR_ATTACHMENT0: number;
  readonly FLOAT: number;
  readonly FRAMEBUFFER: number;
  readonly MAX_TEXTURE_SIZE: number;
  readonly NO_ERROR: number;
  readonly RENDERER: number;
  readonly RGBA: number;
  readonly TEXTURE_2D: number;
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
}

/** Lets go of the texture that the bound framebuffer renders to. While it is attached, deleting it frees nothing. */
export function detach(gl: GlContext): void {
  gl.framebufferTexture2D(gl.FRAMEBUFFER, gl.COLOR_ATTACHMENT0, gl.TEXTURE_2D, null, 0);
}
