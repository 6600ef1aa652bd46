/* A Modbus peer on libmodbus, not a line of it ours: slave (server) or master (the DCS that writes to us), TCP or RTU.
 *
 *   modbus_peer slave  tcp PORT REGISTERS [move]     modbus_peer slave  rtu TTY REGISTERS
 *   modbus_peer master tcp PORT REGISTERS            modbus_peer master rtu TTY REGISTERS
 *
 * Holding registers 0 .. REGISTERS-1; the rest does not exist. `move` bumps all of them once a second.
 * Lines on stdin: "set ADDRESS WORD..." and "limit N" (a slave refuses more registers at once with exception 3, a master
 * writes no more at once). A master writes all registers ten times a second and connects again by itself.
 * "go" opens the line; what was set before is there from the first moment. Prints "ready" when it can be used. Ends with
 * its stdin.
 *
 * gcc -O2 modbus_peer.c -o modbus_peer $(pkg-config --cflags --libs libmodbus)
 */
#include <modbus.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <time.h>
#include <unistd.h>

static modbus_mapping_t *memory;
static int registers, limit = 0, going = 0;

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec + t.tv_nsec / 1e9;
}

static void command(char *line) {
    char *word = strtok(line, " \n");
    if (!word) return;
    if (!strcmp(word, "go")) going = 1;
    else if (!strcmp(word, "limit")) {
        word = strtok(NULL, " \n");
        limit = word ? atoi(word) : 0;
    } else if (!strcmp(word, "set") && (word = strtok(NULL, " \n"))) {
        for (int at = atoi(word); (word = strtok(NULL, " \n")) && at < registers; at++)
            memory->tab_registers[at] = (uint16_t)atoi(word);
    }
}

static void read_commands(void) {
    static char buffer[65536];
    static size_t used;
    ssize_t got = read(0, buffer + used, sizeof buffer - 1 - used);
    if (got <= 0) _exit(0);
    used += (size_t)got;
    buffer[used] = 0;
    char *start = buffer, *end;
    while ((end = strchr(start, '\n'))) {
        *end = 0;
        command(start);
        start = end + 1;
    }
    used = strlen(start);
    memmove(buffer, start, used + 1);
}

static int answer(modbus_t *bus, int fd) {
    static uint8_t question[MODBUS_MAX_ADU_LENGTH];
    if (fd >= 0) modbus_set_socket(bus, fd);
    int length = modbus_receive(bus, question);
    if (length == -1) return -1;
    if (length == 0) return 0;
    int at = modbus_get_header_length(bus);
    int count = question[at + 3] << 8 | question[at + 4];
    if (limit && question[at] == 3 && count > limit)
        modbus_reply_exception(bus, question, MODBUS_EXCEPTION_ILLEGAL_DATA_VALUE);
    else
        modbus_reply(bus, question, length, memory);
    return 0;
}

static void slave(modbus_t *bus, int listening, int move) {
    fd_set all, ready;
    FD_ZERO(&all);
    FD_SET(0, &all);
    int wire = listening >= 0 ? listening : modbus_get_socket(bus);
    FD_SET(wire, &all);
    double last = now();
    for (;;) {
        ready = all;
        struct timeval wait = {0, 100000};
        int got = select(FD_SETSIZE, &ready, 0, 0, &wait);
        if (move && now() - last >= 1) {
            last += 1;
            for (int i = 0; i < registers; i++) memory->tab_registers[i]++;
        }
        if (got <= 0) continue;
        for (int fd = 0; fd < FD_SETSIZE; fd++) {
            if (!FD_ISSET(fd, &ready)) continue;
            if (fd == 0) read_commands();
            else if (fd == listening) {
                int one = 1, master = accept(listening, 0, 0);
                if (master < 0 || master >= FD_SETSIZE) continue;
                setsockopt(master, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
                FD_SET(master, &all);
            } else if (listening < 0) answer(bus, -1);
            else {
                if (answer(bus, fd) == -1) { close(fd); FD_CLR(fd, &all); }
            }
        }
    }
}

static void master(modbus_t *bus) {
    int connected = 0;
    for (;;) {
        fd_set ready;
        FD_ZERO(&ready);
        FD_SET(0, &ready);
        struct timeval wait = {0, 100000};
        if (select(1, &ready, 0, 0, &wait) > 0) read_commands();
        if (!connected) connected = modbus_connect(bus) == 0;
        int step = limit ? limit : registers;
        for (int at = 0; connected && at < registers; at += step) {
            int count = registers - at < step ? registers - at : step;
            if (modbus_write_registers(bus, at, count, memory->tab_registers + at) == -1) {
                modbus_close(bus);
                connected = 0;
            }
        }
    }
}

int main(int argc, char **argv) {
    if (argc < 5) return 2;
    signal(SIGPIPE, SIG_IGN);
    int tcp = !strcmp(argv[2], "tcp"), is_slave = !strcmp(argv[1], "slave");
    modbus_t *bus = tcp ? modbus_new_tcp("127.0.0.1", atoi(argv[3])) : modbus_new_rtu(argv[3], 115200, 'N', 8, 1);
    registers = atoi(argv[4]);
    memory = modbus_mapping_new(0, 0, registers, 0);
    if (!bus || !memory) return 1;
    modbus_set_slave(bus, 1);
    modbus_set_response_timeout(bus, 0, 500000);
    while (!going) read_commands();
    if (!is_slave) {
        puts("ready");
        fflush(stdout);
        master(bus);
    }
    int listening = tcp ? modbus_tcp_listen(bus, 16) : -1;
    if (tcp ? listening < 0 : modbus_connect(bus) == -1) { perror("open"); return 1; }
    puts("ready");
    fflush(stdout);
    slave(bus, listening, argc > 5);
    return 0;
}
