// The C face of Apache Arrow C++: what `Tables` needs of it and nothing else.
//
// Rows come out through the Arrow C data interface (https://arrow.apache.org/docs/format/CDataInterface.html), already
// reduced to five forms and lists of them; rows go in as plain buffers that are copied before the call returns. No call
// starts threads.
//
// Calls that can fail return AB_OK, or a code and in *error a message that the caller frees with ab_free.
#ifndef ARROW_BRIDGE_H
#define ARROW_BRIDGE_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#ifndef ARROW_C_DATA_INTERFACE
#define ARROW_C_DATA_INTERFACE
#define ARROW_FLAG_DICTIONARY_ORDERED 1
#define ARROW_FLAG_NULLABLE 2
#define ARROW_FLAG_MAP_KEYS_SORTED 4
struct ArrowSchema {
    const char* format;
    const char* name;
    const char* metadata;
    int64_t flags;
    int64_t n_children;
    struct ArrowSchema** children;
    struct ArrowSchema* dictionary;
    void (*release)(struct ArrowSchema*);
    void* private_data;
};
struct ArrowArray {
    int64_t length;
    int64_t null_count;
    int64_t offset;
    int64_t n_buffers;
    int64_t n_children;
    const void** buffers;
    struct ArrowArray** children;
    struct ArrowArray* dictionary;
    void (*release)(struct ArrowArray*);
    void* private_data;
};
#endif

typedef enum {
    AB_OK = 0,
    AB_FAILED = 1,
    // A JSON column holds values of another kind than it should: the column's name, a newline, and the kinds. Or a column
    // that is read exactly holds what is no text: the byte 2, its name, a newline, "text" or "raw", a newline, and an example.
    AB_CONFLICT = 2,
} ab_code;

// JSON: one object a line, or one array of objects.
typedef enum { AB_PARQUET = 0, AB_ARROW = 1, AB_CSV = 2, AB_JSON = 3 } ab_format;

// How a text file is written; of files of other formats nothing of it is asked.
typedef enum { AB_UTF8 = 0, AB_LATIN1 = 1, AB_WINDOWS1252 = 2, AB_UTF16 = 3 } ab_encoding;
typedef struct {
    // A byte order mark decides over it.
    ab_encoding encoding;
    // CSV: between fields; the escape of quotes within quotes, a backslash, or a quote where quotes are only doubled, or 0
    // where the text shall show it; the lines before the header.
    char delimiter;
    char escape;
    int32_t skipped_lines;
} ab_text;

// The kinds of columns: Arrow's own format characters, in one letter.
//   'b' boolean   'l' int64   'g' double   't' timestamp[us]   'u' dictionary<int32, utf8>   '?' cannot be read
//   's' a record, which is read as a boolean: true where there is one, else null
// Of a file's shape also 'n', without any value, and 'm', texts in some rows and numbers in others; both are read as 'u'.
typedef char ab_kind;

// The steps from a row to a column's values: into a record, to the items of a list, to the entries of a map.
typedef enum { AB_KEY = 0, AB_ITEMS = 1, AB_ENTRIES = 2 } ab_step;

void ab_free(char* message);
// Arrow's version, such as "26.0.1".
const char* ab_version(void);

// --- files --------------------------------------------------------------------------------------------------------

// What stands at a path: its size in bytes, whether it is a directory (links followed), and whether it is a link.
// Returns errno: 0 when there is something.
typedef struct {
    int64_t size;
    int32_t is_directory;
    int32_t is_link;
    // A pipe, a socket or a device, which is neither a file nor a directory.
    int32_t is_special;
} ab_place;
int32_t ab_look(const char* path, ab_place* place);

// Bytes of a file that is elsewhere, from an offset on: how many were got, at least one and at most `count`, or -1. Called on
// any thread.
typedef int64_t (*ab_fetch)(void* context, int64_t offset, int64_t count, uint8_t* bytes);
// From now on a file is read at this path by fetching its bytes, until it is taken back, which no reader of it outlives.
void ab_lend(const char* path, int64_t size, ab_fetch fetch, void* context);
void ab_take_back(const char* path);

// Objects of an object store, at addresses such as s3://bucket/key (also gs:// and abfs://). They are opened for reading at
// their addresses as files are at their paths. Credentials are found where the stores' own clients look for them.

// The size of an object: -1 where a folder is there, -2 where nothing is. What is another text for each version of it is
// for the caller to free. `object`, where it is not null, gets an object that is open for reading, for the caller to close.
typedef struct ab_object ab_object;
ab_code ab_object_look(const char* address, int64_t* size, char** version, ab_object** object, char** error);
void ab_object_close(ab_object* object);

// What is in a folder: objects, and folders of it, in no order.
typedef struct ab_names ab_names;
ab_code ab_object_list(const char* address, ab_names** names, char** error);
void ab_names_free(ab_names* names);
int64_t ab_names_count(const ab_names* names);
const char* ab_names_name(const ab_names* names, int64_t index);
int32_t ab_names_is_directory(const ab_names* names, int64_t index);

// At most `count` bytes from an offset on; fewer only at the end.
ab_code ab_object_read(
    const ab_object* object, int64_t offset, int64_t count, uint8_t* bytes, int64_t* read, char** error);
// Makes an object of a file of this machine, which takes the place of one that is there.
ab_code ab_object_write(const char* path, const char* address, char** error);
/// Removes an object, or all objects below an address; none need be there.
ab_code ab_object_remove(const char* address, int32_t is_folder, char** error);

// The first bytes of a file, decompressed where it is compressed with gzip or zstd, and of the encoding's characters in
// UTF-8: at most `capacity`.
ab_code ab_head(
    const char* path, ab_encoding encoding, uint8_t* bytes, int64_t capacity, int64_t* count, char** error);

// --- the shape of a file ------------------------------------------------------------------------------------------

typedef struct ab_shape ab_shape;

// Parquet and Arrow: reads the footer. CSV: the header and the first row. JSON: every row.
ab_code ab_shape_open(const char* path, ab_format format, const ab_text* text, ab_shape** shape, char** error);
// The shape of a JSON file whose types are known, without a look at it.
ab_code ab_shape_of_types(const uint8_t* types, int64_t type_bytes, ab_shape** shape, char** error);
void ab_shape_free(ab_shape* shape);

// Where a CSV or JSON file can be cut between rows into parts of at least `wanted` bytes: none where it is compressed, or
// one JSON array. Room for a cut in every `wanted` bytes is enough. Looks at every quote of a CSV file.
ab_code ab_text_cuts(
    const char* path, ab_format format, const ab_text* text, int64_t wanted, int64_t* cuts, int64_t capacity,
    int64_t* count, char** error);

// Every value that is no record, list or map, and before those in a record the record itself; in file order.
int32_t ab_shape_column_count(const ab_shape* shape);
int32_t ab_shape_step_count(const ab_shape* shape, int32_t column);
ab_step ab_shape_step(const ab_shape* shape, int32_t column, int32_t step);
// The name of a key; empty of other steps.
const char* ab_shape_step_name(const ab_shape* shape, int32_t column, int32_t step);
ab_kind ab_shape_kind(const ab_shape* shape, int32_t column);
// The type in Arrow's words ("duration[us]"), or the kinds of JSON values that stand in one column.
const char* ab_shape_type(const ab_shape* shape, int32_t column);
// Of Parquet files; 0 of all others.
int32_t ab_shape_row_group_count(const ab_shape* shape);
int64_t ab_shape_row_group_rows(const ab_shape* shape, int32_t group);
int32_t ab_shape_has_rows(const ab_shape* shape);
// Rows that could not be read on the way, and why the first of them could not; null past the last reason kept.
int64_t ab_shape_broken(const ab_shape* shape);
const char* ab_shape_broken_reason(const ab_shape* shape, int32_t index);
// JSON: the types found, to be handed back in ab_request. Belongs to the shape.
const uint8_t* ab_shape_types(const ab_shape* shape, int64_t* count);

// --- reading ------------------------------------------------------------------------------------------------------

typedef struct {
    // Columns by their place in the shape.
    const int32_t* columns;
    int32_t column_count;
    // What is taken at each step of the first column, of the second and so on. Keys: 0. Items: the place of the only
    // item taken, or -1 for all of them. Entries: 0 for the entry of the name given in `names`, or -1 for all of them.
    const int64_t* choices;
    // A text for each choice, empty where it is no entry's name, each ended by a zero byte.
    const char* names;
    // Parquet: the half-open range of row groups; first_group < 0 for all of them.
    int32_t first_group;
    int32_t end_group;
    // CSV and JSON that are not compressed: the half-open range of bytes, between cuts; end_byte < 0 for all of them.
    int64_t first_byte;
    int64_t end_byte;
    // For each column 1 where its values come in the digits and letters in which they are written: numbers of JSON and
    // decimals as texts, bytes of a fixed number in hexadecimal. Texts that are no UTF-8 are a conflict then. Null: none.
    const uint8_t* exact;
    ab_text text;
    // JSON
    const uint8_t* types;
    int64_t type_bytes;
    // The most rows of a batch.
    int64_t batch_rows;
} ab_request;

typedef struct ab_reader ab_reader;

ab_code ab_reader_open(const char* path, ab_format format, const ab_request* request, ab_reader** reader, char** error);
void ab_reader_free(ab_reader* reader);
// The next batch as a struct array: its fields in the order asked, of the forms above. Where a choice is -1 the field is
// a list of such values, of all lists on the way in one; or a map, if one of them was a map. At the end `array->release`
// is null. An unsigned column whose values pass Int64.max comes as text in that batch.
ab_code ab_reader_next(ab_reader* reader, struct ArrowSchema* schema, struct ArrowArray* array, char** error);
// The rows left out so far: of a CSV file those that have not as many fields as the header, of JSON what is no object.
int64_t ab_reader_broken(const ab_reader* reader);
// And why, of the first ones ("line 17 has 4 fields, and the header 5"); null past the last reason kept.
const char* ab_reader_broken_reason(const ab_reader* reader, int32_t index);
// Lines of a CSV file that repeat its header.
int64_t ab_reader_headers(const ab_reader* reader);

// --- writing Parquet ----------------------------------------------------------------------------------------------

typedef struct ab_writer ab_writer;

// `compression` is "zstd" or "snappy".
ab_code ab_writer_open(
    const char* path, const char* const* names, const ab_kind* kinds, int32_t count, const char* compression,
    ab_writer** writer, char** error);
void ab_writer_free(ab_writer* writer);
// One column of the next batch, in the order of the fields. `values`: one byte a boolean, int64, double, microseconds;
// of texts the int32 codes (-1: missing) into the `text_count` texts that `offsets` cut out of `bytes`. `valid`: a byte
// a row, or null.
ab_code ab_writer_column(
    ab_writer* writer, const void* values, int64_t rows, const uint8_t* valid, const int64_t* offsets,
    int64_t text_count, const uint8_t* bytes, char** error);
// Writes the batch of the columns given since the last call.
ab_code ab_writer_flush(ab_writer* writer, int64_t rows, char** error);
// Writes the footer and closes the file.
ab_code ab_writer_close(ab_writer* writer, char** error);

#ifdef __cplusplus
}
#endif
#endif
