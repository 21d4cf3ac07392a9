/* A libnvidia-ml.so.1 that answers what the text file `state` beside it says, read anew at each call.
 *
 * Lines are `key value`; each line `gpu` begins the next device, and what stands before the first holds for the driver.
 * A value `!15` is NVML's error 15. A key that is absent is answered with NOT_SUPPORTED. `counter 1000@5` is 1000 mJ at
 * 5 ns of CLOCK_MONOTONIC and grows by what `power` says from there. `lost 15` answers every call with that error.
 * `hang nvmlInitWithFlags` keeps that function, or `all` of them, from returning for as long as the file says so.
 * Calls are written to the file `calls` beside it where there is one.
 *
 * Stricter than the real driver: it has to be started in every process that asks, and handles die with a fork.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { SUCCESS, UNINITIALIZED, INVALID_ARGUMENT, NOT_SUPPORTED, NOT_FOUND = 6, INSUFFICIENT_SIZE };
enum { MOST = 4096, DRIVER = -1 };
typedef unsigned long long wide;
typedef struct { unsigned pid; wide used; unsigned gpu_instance, compute_instance; } process;
typedef struct {
    unsigned field, scope; int64_t time, latency; unsigned type; int code; union { double d; unsigned u; wide w; } value;
} field;

static pid_t owner;
static int references, generation;

static void beside(const char *name, char *path) {
    Dl_info own;
    dladdr((void *)beside, &own);
    snprintf(path, MOST, "%s", own.dli_fname);
    char *slash = strrchr(path, '/');
    snprintf(slash + 1, MOST - (slash + 1 - path), "%s", name);
}

/* The text of a key of a device, and its error. With key `gpu`: INVALID_ARGUMENT when there are not so many devices. */
static int text(int gpu, const char *key, char *found) {
    char path[MOST], line[MOST];
    int place = DRIVER, code = NOT_SUPPORTED;
    beside("state", path);
    FILE *file = fopen(path, "r");
    if (!file) return UNINITIALIZED;
    while (fgets(line, sizeof line, file)) {
        line[strcspn(line, "\n")] = 0;
        char *value = strchr(line, ' ');
        if (value) *value++ = 0;
        if (!strcmp(line, "gpu")) place++;
        if (place != gpu || strcmp(line, key)) continue;
        snprintf(found, MOST, "%s", value ? value : "");
        code = found[0] == '!' ? atoi(found + 1) : SUCCESS;
    }
    fclose(file);
    return code == NOT_SUPPORTED && !strcmp(key, "gpu") ? INVALID_ARGUMENT : code;
}

static void called(const char *function) {
    char path[MOST], found[MOST];
    beside("calls", path);
    int file = open(path, O_WRONLY | O_APPEND);
    if (file >= 0) {
        dprintf(file, "%s\n", function);
        close(file);
    }
    while (text(DRIVER, "hang", found) == SUCCESS && (!strcmp(found, "all") || !strcmp(found, function))) usleep(2000);
}

static void *handle(int gpu, int slice) { return (void *)(uintptr_t)(generation << 16 | slice << 8 | (gpu + 1)); }
static int gpu_of(void *device) { return (int)((uintptr_t)device & 255) - 1; }
static int slice_of(void *device) { return (int)((uintptr_t)device >> 8 & 255); }

static int started(const char *function) {
    called(function);
    return owner == getpid() ? SUCCESS : UNINITIALIZED;
}

static int reached(const char *function, void *device) {
    char found[MOST];
    int code = started(function);
    if (code) return code;
    if ((int)((uintptr_t)device >> 16) != generation) return INVALID_ARGUMENT;
    return text(gpu_of(device), "lost", found) == SUCCESS ? atoi(found) : SUCCESS;
}

static int asked(const char *function, void *device, const char *key, char *found) {
    int code = reached(function, device);
    return code ? code : text(gpu_of(device), key, found);
}

static int counted(const char *function, void *device, const char *key, wide *value) {
    char found[MOST], power[MOST];
    int code = asked(function, device, key, found);
    if (code) return code;
    *value = strtoull(found, NULL, 10);
    char *since = strchr(found, '@');
    if (since && text(gpu_of(device), "power", power) == SUCCESS) {
        struct timespec now;
        clock_gettime(CLOCK_MONOTONIC, &now);
        wide ns = (wide)now.tv_sec * 1000000000 + now.tv_nsec - strtoull(since + 1, NULL, 10);
        *value += (wide)(strtod(power, NULL) * ns / 1e9);
    }
    return SUCCESS;
}

static int number(const char *function, void *device, const char *key, unsigned *value) {
    wide found;
    int code = counted(function, device, key, &found);
    if (!code) *value = (unsigned)found;
    return code;
}

int nvmlInitWithFlags(unsigned flags) {
    char found[MOST];
    (void)flags;
    called(__func__);
    int code = text(DRIVER, "init", found);
    if (code != NOT_SUPPORTED && code != SUCCESS) return code;
    if (owner != getpid()) { owner = getpid(); references = 0; generation++; }
    references++;
    return SUCCESS;
}

int nvmlShutdown(void) {
    int code = started(__func__);
    if (!code && --references == 0) owner = 0;
    return code;
}

const char *nvmlErrorString(int code) { (void)code; return "an error of the fake driver"; }

int nvmlDeviceGetCount_v2(unsigned *count) {
    char found[MOST];
    int code = started(__func__);
    if (code) return code;
    code = text(DRIVER, "count", found);
    if (code != NOT_SUPPORTED && code != SUCCESS) return code;
    for (*count = 0; text((int)*count, "gpu", found) == SUCCESS; ++*count) {}
    return SUCCESS;
}

int nvmlDeviceGetHandleByIndex_v2(unsigned index, void **device) {
    char found[MOST];
    int code = started(__func__);
    if (!code) code = text((int)index, "gpu", found);
    if (!code && text((int)index, "lost", found) == SUCCESS) code = atoi(found);
    *device = handle((int)index, 0);
    return code;
}

int nvmlDeviceGetHandleByUUID(const char *uuid, void **device) {
    char found[MOST];
    int code = started(__func__);
    for (int gpu = 0; !code && text(gpu, "gpu", found) == SUCCESS; gpu++)
        if (text(gpu, "uuid", found) == SUCCESS && !strcmp(uuid, found)) {
            *device = handle(gpu, 0);
            return text(gpu, "lost", found) == SUCCESS ? atoi(found) : SUCCESS;
        }
    return code ? code : NOT_FOUND;
}

int nvmlDeviceGetUUID(void *device, char *uuid, unsigned size) {
    char found[MOST];
    int slice = slice_of(device), code = asked(__func__, device, slice ? "slices" : "uuid", found);
    if (code) return code;
    char *rest, *word = strtok_r(found, ",", &rest);
    for (; word && slice > 1; slice--) word = strtok_r(NULL, ",", &rest);
    snprintf(uuid, size, "%s", word ? word : "");
    return SUCCESS;
}

int nvmlDeviceGetName(void *device, char *name, unsigned size) {
    char found[MOST];
    int code = asked(__func__, device, "name", found);
    if (!code) snprintf(name, size, "%s", found);
    return code;
}

int nvmlDeviceGetTotalEnergyConsumption(void *device, wide *mj) { return counted(__func__, device, "counter", mj); }

#define NUMBER(function, key) int function(void *device, unsigned *value) { return number(__func__, device, key, value); }
NUMBER(nvmlDeviceGetPowerUsage, "power")
NUMBER(nvmlDeviceGetEnforcedPowerLimit, "limit")
NUMBER(nvmlDeviceGetPowerManagementLimit, "management_limit")
NUMBER(nvmlDeviceGetFanSpeed, "fan")
NUMBER(nvmlDeviceGetCurrPcieLinkGeneration, "pcie_generation")
NUMBER(nvmlDeviceGetCurrPcieLinkWidth, "pcie_width")

/* One number for each of the kinds that the second argument tells apart: `clock_1`. */
#define CHOSEN(function, key) int function(void *device, unsigned kind, unsigned *value) { \
    char name[64]; snprintf(name, sizeof name, key "_%u", kind); return number(__func__, device, name, value); }
CHOSEN(nvmlDeviceGetTemperature, "temperature")
CHOSEN(nvmlDeviceGetClockInfo, "clock")
CHOSEN(nvmlDeviceGetPcieThroughput, "pcie_throughput")

int nvmlDeviceGetTemperatureV(void *device, unsigned *value) {
    char name[64];
    snprintf(name, sizeof name, "temperature_v_%u", value[1]);
    return number(__func__, device, name, value + 2);
}

int nvmlDeviceGetUtilizationRates(void *device, unsigned *rates) {
    int code = number(__func__, device, "load", rates);
    return code ? code : number(__func__, device, "memory_load", rates + 1);
}

int nvmlDeviceGetMemoryInfo(void *device, wide *memory) {
    int code = counted(__func__, device, "memory_total", memory);
    if (!code) code = counted(__func__, device, "memory_used", memory + 2);
    if (!code) memory[1] = memory[0] - memory[2];
    return code;
}

int nvmlDeviceGetCurrentClocksEventReasons(void *device, wide *reasons) {
    return counted(__func__, device, "event_reasons", reasons);
}

int nvmlDeviceGetCurrentClocksThrottleReasons(void *device, wide *reasons) {
    return counted(__func__, device, "throttle_reasons", reasons);
}

int nvmlDeviceGetTotalEccErrors(void *device, unsigned kind, unsigned span, wide *errors) {
    char name[64];
    snprintf(name, sizeof name, "ecc_%u_%u", kind, span);
    return counted(__func__, device, name, errors);
}

int nvmlDeviceGetFieldValues(void *device, int count, field *values) {
    int code = reached(__func__, device);
    for (int i = 0; !code && i < count; i++) {
        char name[64];
        snprintf(name, sizeof name, "field_%u_%u", values[i].field, values[i].scope);
        values[i].type = 1;
        values[i].code = number(__func__, device, name, &values[i].value.u);
    }
    return code;
}

int nvmlDeviceGetMigMode(void *device, unsigned *current, unsigned *pending) {
    int code = number(__func__, device, "mig", current);
    *pending = *current;
    return code;
}

NUMBER(nvmlDeviceGetMaxMigDeviceCount, "most_slices")

int nvmlDeviceGetMigDeviceHandleByIndex(void *device, unsigned index, void **slice) {
    char found[MOST];
    int code = asked(__func__, device, "slices", found);
    char *rest, *word = code ? NULL : strtok_r(found, ",", &rest);
    for (unsigned skipped = 0; word && skipped < index; skipped++) word = strtok_r(NULL, ",", &rest);
    *slice = handle(gpu_of(device), (int)index + 1);
    return word ? SUCCESS : NOT_FOUND;
}

int nvmlDeviceGetComputeRunningProcesses_v3(void *device, unsigned *count, process *found) {
    char pids[MOST];
    char *rest;
    unsigned seen = 0;
    int code = asked(__func__, device, "processes", pids);
    if (code) return code;
    for (char *word = strtok_r(pids, ",", &rest); word; word = strtok_r(NULL, ",", &rest), seen++)
        if (found && seen < *count) found[seen] = (process){.pid = (unsigned)atoi(word)};
    code = seen > *count ? INSUFFICIENT_SIZE : SUCCESS;
    *count = seen;
    return code;
}
