#include "vmm/boot/seed_disk.h"

#include <gmock/gmock.h>
#include <sys/stat.h>

#include <map>

#include "tests/unit/vmm/boot/archive_fixture.h"
#include "tests/unit/vmm/boot/boot_fixture.h"

namespace vireo::boot {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

class SeedDisk : public testing::Test {
 protected:
  std::string put(const std::string& name, const std::string& text) {
    return folder.file(name, {text.begin(), text.end()});
  }
  // The disk's bytes.
  static std::string bytes(const base::Fd& disk) {
    struct stat status {};
    EXPECT_EQ(::fstat(disk.get(), &status), 0);
    std::string all(static_cast<size_t>(status.st_size), '\0');
    EXPECT_EQ(::pread(disk.get(), all.data(), all.size(), 0), status.st_size);
    return all;
  }
  std::map<std::string, std::string> files_of(const std::string& user_data, const std::string& network = {}) {
    return archived_files(bytes(make_seed_disk({.guest = "web1",
                                                .user_data = put("user", user_data),
                                                .network = network.empty() ? "" : put("network", network)})));
  }
  std::string id_of(const std::string& user_data, const std::string& network = {}) {
    const std::string meta = files_of(user_data, network).at("meta-data");
    return meta.substr(0, meta.find('\n'));
  }
  std::string error_of(const SeedSettings& settings) {
    try {
      make_seed_disk(settings);
    } catch (const base::Error& error) {
      EXPECT_EQ(error.code(), base::ExitCode::kBootImage);
      return error.what() + std::string("|") + error.help();
    }
    return "none";
  }

  Folder folder;
};

TEST_F(SeedDisk, HoldsWhatCloudInitReads) {
  const auto found = files_of("#cloud-config\nhostname: x\n", "version: 2\n");
  EXPECT_EQ(found.size(), 3u);
  EXPECT_EQ(found.at("user-data"), "#cloud-config\nhostname: x\n");
  EXPECT_EQ(found.at("network-config"), "version: 2\n");
  EXPECT_THAT(found.at("meta-data"), StartsWith("instance-id: web1-"));
  EXPECT_THAT(found.at("meta-data"), HasSubstr("\nlocal-hostname: web1\n"));
}

TEST_F(SeedDisk, HasNoNetworkWhereNoneIsSaid) {
  EXPECT_EQ(files_of("#cloud-config\n").count("network-config"), 0u);
}

// ECMA-119 8.4: the primary volume descriptor is in sector 16, the label at 40.
TEST_F(SeedDisk, HasTheLabelThatNoCloudLooksFor) {
  const std::string image = bytes(make_seed_disk({.guest = "g", .user_data = put("u", "#!/bin/sh\n"), .network = {}}));
  EXPECT_EQ(image.substr(0x8001, 5), "CD001");
  EXPECT_THAT(image.substr(0x8000 + 40, 32), testing::MatchesRegex("(cidata|CIDATA) *"));
  EXPECT_EQ(image.size() % 2048, 0u);
}

// cloud-init sets an instance up once.
TEST_F(SeedDisk, IsAnotherInstanceWhenItSaysSomethingElse) {
  EXPECT_EQ(id_of("#cloud-config\na: 1\n"), id_of("#cloud-config\na: 1\n"));
  EXPECT_NE(id_of("#cloud-config\na: 1\n"), id_of("#cloud-config\na: 2\n"));
  EXPECT_NE(id_of("#cloud-config\n"), id_of("#cloud-config\n", "version: 2\n"));
}

TEST_F(SeedDisk, HasMoreFiles) {
  const SeedSettings settings{
      .guest = "g", .user_data = put("u", "#!/bin/sh\n"), .network = {}, .files = {{"agent", put("a", "an agent")}}};
  const std::string image = bytes(make_seed_disk(settings));
  EXPECT_EQ(archived_files(image).at("agent"), "an agent");
  EXPECT_NE(archived_files(image).at("meta-data"), files_of("#!/bin/sh\n").at("meta-data"));
}

TEST_F(SeedDisk, NamesTheFileThatIsNotThere) {
  EXPECT_THAT(error_of({.guest = "g", .user_data = put("u", "#!"), .network = {}, .files = {{"agent", "/none"}}}),
              StartsWith("files.agent /none: cannot open"));
}

TEST_F(SeedDisk, TakesEachKindOfUserData) {
  for (const std::string begin : {"#cloud-config", "#!/bin/sh", "#include", "## template: jinja", "Content-Type: a",
                                  "MIME-Version: 1.0", "#cloud-boothook", "\x1f\x8b"})
    EXPECT_EQ(files_of(begin + "\n").at("user-data"), begin + "\n");
}

TEST_F(SeedDisk, RefusesWhatCloudInitWouldIgnore) {
  EXPECT_THAT(error_of({.guest = "g", .user_data = put("u", "hostname: x\n"), .network = {}}),
              HasSubstr("u: cloud-init would ignore it|begin it with the line #cloud-config"));
}

TEST_F(SeedDisk, RefusesFilesThatAreNotThere) {
  EXPECT_THAT(error_of({.guest = "g", .user_data = "/none", .network = {}}),
              StartsWith("user_data /none: cannot open"));
  EXPECT_THAT(error_of({.guest = "g", .user_data = put("u", "#!"), .network = "/none"}),
              StartsWith("network /none: cannot open"));
}

TEST_F(SeedDisk, SaysNothingOfBootInItsHelp) {
  EXPECT_THAT(error_of({.guest = "g", .user_data = "/none", .network = {}}), Not(HasSubstr("boot.")));
}

TEST_F(SeedDisk, RefusesAFileThatIsTooLarge) {
  const std::string path = put("u", "#!");
  std::filesystem::resize_file(path, (16 << 20) + 1);
  EXPECT_THAT(error_of({.guest = "g", .user_data = path, .network = {}}), HasSubstr("larger than 16 MiB"));
}

}  // namespace
}  // namespace vireo::boot
