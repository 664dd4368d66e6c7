/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How a program that was written for LibSysFlow gets its records with libeyas: with another header,
 * the rest as it was. Prints the same lines as sysflow_callback.c.
 *
 *   c++ -std=c++17 sysflow_callback.cpp $(pkg-config --cflags --libs eyas) -o sysflow_callback
 *   ./sysflow_callback CAPTURE      or, as root, without: what happens on this machine
 */
#include <sysflow.hpp>

#include <csignal>
#include <iostream>
#include <memory>
#include <string>

namespace
{

/* The signal handler and the callback need it. */
std::unique_ptr<sysflowlibscpp::SysFlowDriver> driver;

void on_signal(int)
{
	driver->exit();
}

std::string operations(std::int32_t flags)
{
	static const char *const names[] = {
		"clone",  "exec",  "exit",  "setuid", "setns",	   "accept",   "connect",
		"open",	  "read",  "write", "close",  "truncated", "shutdown", "mmap",
		"digest", "mkdir", "rmdir", "link",   "unlink",	   "symlink",  "rename",
	};
	std::string text;
	unsigned bit = 0;

	for (const char *name : names)
		if (flags >> bit++ & 1)
			text += (text.empty() ? "" : "+") + std::string(name);
	return text;
}

std::string address(std::int32_t ip, std::int32_t port)
{
	std::string text;

	for (unsigned shift = 0; shift < 32; shift += 8)
		text += (shift ? "." : "") +
			std::to_string(static_cast<std::uint32_t>(ip) >> shift & 255);
	return text + ":" + std::to_string(port);
}

/* Flows on files and connections count alike. */
template <typename Flow> std::string amounts(const Flow &flow)
{
	return ", " + std::to_string(flow.numRRecvBytes) + " bytes in " +
	       std::to_string(flow.numRRecvOps) + " reads, " + std::to_string(flow.numWSendBytes) +
	       " in " + std::to_string(flow.numWSendOps) + " writes";
}

std::string text_of(const sysflow::SysFlow &flow)
{
	switch (flow.rec.idx()) {
	case SF_PROC_EVT: {
		const sysflow::ProcessEvent &event = flow.rec.get_ProcessEvent();

		return operations(event.opFlags) + " = " + std::to_string(event.ret);
	}
	case SF_PROC_FLOW:
		return operations(flow.rec.get_ProcessFlow().opFlags) + " of threads";
	case SF_FILE_EVT: {
		const sysflow::FileEvent &event = flow.rec.get_FileEvent();

		return operations(event.opFlags) + " = " + std::to_string(event.ret);
	}
	case SF_FILE_FLOW: {
		const sysflow::FileFlow &data = flow.rec.get_FileFlow();

		return operations(data.opFlags) + amounts(data);
	}
	case SF_NET_FLOW: {
		const sysflow::NetworkFlow &data = flow.rec.get_NetworkFlow();

		return operations(data.opFlags) + " " + address(data.sip, data.sport) + " -> " +
		       address(data.dip, data.dport) + amounts(data);
	}
	default:
		return "record of type " + std::to_string(flow.rec.idx());
	}
}

/* From the process upwards. */
std::string ancestors(const sysflow::Process &process)
{
	std::string text = " by " + process.exe + " (" + std::to_string(process.oid.hpid) + ")";
	sysflow::Process::poid_t poid = process.poid;

	while (!poid.is_null()) {
		const sysflow::Process *parent = driver->getProcess(poid.get_OID());

		if (!parent)
			break;
		text += " < " + parent->exe;
		poid = parent->poid;
	}
	return text;
}

void on_record(sysflow::SFHeader *header, sysflow::Container *container, sysflow::Process *process,
	       sysflow::File *file1, sysflow::File *file2, sysflow::SysFlow *flow)
{
	std::cout << header->exporter << ": " << text_of(*flow);
	if (file1)
		std::cout << ", " << file1->path;
	if (file2)
		std::cout << " to " << file2->path;
	if (process)
		std::cout << ancestors(*process);
	if (container)
		std::cout << " in " << container->id;
	std::cout << "\n";
}

} // namespace

int main(int argc, char **argv)
{
	std::unique_ptr<SysFlowConfig> config(sysflowlibscpp::InitializeSysFlowConfig());

	config->callback = on_record;
	config->exporterID = "example";
	config->fileOnly = false;
	config->fileReadMode = 0;
	if (argc > 1)
		config->scapInputPath = argv[1];
	try {
		driver = std::make_unique<sysflowlibscpp::SysFlowDriver>(config.get());
		std::signal(SIGINT, on_signal);
		std::signal(SIGTERM, on_signal);
		driver->run();
		/* Flows that are still open come now, while there is a driver to ask for processes. */
		driver->close();
	} catch (const sysflowlibscpp::SysFlowException &failure) {
		std::cerr << failure.what() << " (" << failure.getErrorCode() << ")\n";
		return 1;
	}
	return 0;
}
