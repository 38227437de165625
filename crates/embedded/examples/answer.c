/* Loads a program and answers one input.
 *
 *     answer MODEL.bmt < numbers
 *
 * The numbers are ids of word pieces, "/", segments (or no "/"); magnitudes, "/", syndrome bits; or pixels. The logits go
 * to standard output, one a line, and what the program takes of memory to standard error.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "noctule.h"

enum { MOST = 1 << 20 };

static uint32_t numbers[2][MOST];
static uint8_t bytes[2][MOST];
static size_t counts[2];

static uint8_t *read_file(const char *path, size_t *length) {
    FILE *file = fopen(path, "rb");
    if (!file || fseek(file, 0, SEEK_END) != 0) return NULL;
    long size = ftell(file);
    if (size < 0) return NULL;
    rewind(file);
    uint8_t *content = malloc((size_t)size + 1);
    if (content) *length = fread(content, 1, (size_t)size, file);
    fclose(file);
    return content;
}

/* Two lists with a "/" between them; returns 0 where they are too long. */
static int read_numbers(void) {
    int list = 0;
    char word[16];
    while (scanf("%15s", word) == 1) {
        if (word[0] == '/') {
            list = 1;
            continue;
        }
        if (counts[list] == MOST) return 0;
        numbers[list][counts[list]] = (uint32_t)strtoul(word, NULL, 10);
        bytes[list][counts[list]] = (uint8_t)numbers[list][counts[list]];
        counts[list]++;
    }
    return 1;
}

static NoctuleStatus run(NoctuleModel *model, int32_t *logits, size_t room, size_t *count, NoctuleError *error) {
    switch (noctule_kind(model)) {
    case NOCTULE_KIND_CHANNEL:
        return noctule_run_channel(model, bytes[0], counts[0], bytes[1], counts[1], logits, room, count, error);
    case NOCTULE_KIND_PATCHES:
        return noctule_run_patches(model, bytes[0], counts[0], logits, room, count, error);
    default:
        return noctule_run_text(model, numbers[0], counts[1] ? bytes[1] : NULL, counts[0], logits, room, count, error);
    }
}

int main(int argc, char **argv) {
    if (argc != 2) return fprintf(stderr, "usage: answer MODEL.bmt < numbers\n"), 2;
    size_t length = 0, count = 0;
    uint8_t *content = read_file(argv[1], &length);
    if (!content) return perror(argv[1]), 1;

    NoctuleModel *model;
    NoctuleError error;
    NoctuleStatus status = noctule_load(content, length, SIZE_MAX, &model, &error);
    free(content);
    if (status != NOCTULE_STATUS_OK) return fprintf(stderr, "%s: %s\n", argv[1], error.text), 1;
    NoctuleMemory memory = noctule_memory(model);
    fprintf(stderr, "noctule %s: %zu bytes for the program, %zu for a session\n", noctule_version(), memory.program, memory.session);

    size_t room = noctule_logits(model);
    int32_t *logits = malloc(room * sizeof *logits);
    if (!logits || !read_numbers()) return fprintf(stderr, "too much for this example\n"), 1;
    status = run(model, logits, room, &count, &error);
    if (status != NOCTULE_STATUS_OK) return fprintf(stderr, "%s\n", error.text), 1;
    for (size_t i = 0; i < count; i++) printf("%" PRId32 "\n", logits[i]);
    free(logits);
    noctule_free(model);
    return 0;
}
