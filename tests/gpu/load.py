"""A real load on the first GPU that this process sees, through NVIDIA's driver alone: no toolkit and no framework."""

from __future__ import annotations

import ctypes

KERNEL = b"""
.version 6.3
.target sm_70
.address_size 64
.visible .entry burn(.param .u64 out, .param .u32 rounds)
{
    .reg .pred %more;
    .reg .f32 %a, %b, %c, %d, %x, %y;
    .reg .b32 %left, %thread;
    .reg .b64 %address;
    ld.param.u64 %address, [out];
    ld.param.u32 %left, [rounds];
    cvta.to.global.u64 %address, %address;
    mov.u32 %thread, %tid.x;
    cvt.rn.f32.u32 %a, %thread;
    add.f32 %b, %a, 0f3F800000;
    add.f32 %c, %b, 0f3F800000;
    add.f32 %d, %c, 0f3F800000;
    mov.f32 %x, 0f3F7FFFF0;
    mov.f32 %y, 0f3DCCCCCD;
again:
    fma.rn.f32 %a, %a, %x, %y;
    fma.rn.f32 %b, %b, %x, %y;
    fma.rn.f32 %c, %c, %x, %y;
    fma.rn.f32 %d, %d, %x, %y;
    fma.rn.f32 %a, %a, %x, %b;
    fma.rn.f32 %b, %b, %x, %c;
    fma.rn.f32 %c, %c, %x, %d;
    fma.rn.f32 %d, %d, %x, %y;
    sub.u32 %left, %left, 1;
    setp.ne.u32 %more, %left, 0;
    @%more bra again;
    add.f32 %a, %a, %b;
    add.f32 %c, %c, %d;
    add.f32 %a, %a, %c;
    st.global.f32 [%address], %a;
    ret;
}
\0"""
"""Multiplies and adds in four chains a thread, so that every core is busy. PTX, which the driver compiles."""

BLOCKS, THREADS, ROUNDS = 4096, 256, 20_000


class Load:
    """Work in steps of some tens of milliseconds."""

    def __init__(self) -> None:
        self._cuda = ctypes.CDLL("libcuda.so.1")
        device, context, module = ctypes.c_int(), ctypes.c_void_p(), ctypes.c_void_p()
        self._kernel, self._out = ctypes.c_void_p(), ctypes.c_uint64()
        self._call("cuInit", 0)
        self._call("cuDeviceGet", ctypes.byref(device), 0)
        self._call("cuDevicePrimaryCtxRetain", ctypes.byref(context), device)
        self._call("cuCtxSetCurrent", context)
        self._call("cuModuleLoadData", ctypes.byref(module), KERNEL)
        self._call("cuModuleGetFunction", ctypes.byref(self._kernel), module, b"burn")
        self._call("cuMemAlloc_v2", ctypes.byref(self._out), ctypes.c_size_t(4))

    def step(self) -> None:
        """Keep the whole GPU busy for a moment, and wait for it."""
        rounds = ctypes.c_uint32(ROUNDS)
        arguments = (ctypes.c_void_p * 2)(ctypes.addressof(self._out), ctypes.addressof(rounds))
        self._call("cuLaunchKernel", self._kernel, BLOCKS, 1, 1, THREADS, 1, 1, 0, None, arguments, None)
        self._call("cuCtxSynchronize")

    def _call(self, function: str, *arguments: object) -> None:
        code = getattr(self._cuda, function)(*arguments)
        if code:
            raise RuntimeError(f"{function} failed with error {code} of CUDA's driver.")
