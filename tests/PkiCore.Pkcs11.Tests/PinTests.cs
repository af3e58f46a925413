using System.Collections;
using PkiCore.Pkcs11.Tests.Harness;
using PkiCore.Signing;

namespace PkiCore.Pkcs11.Tests;

/// <summary>Wrong tries use up a token's counter, and nobody but the token gets to see the PIN.</summary>
public sealed class PinTests
{
    private const string WrongPin = "wrong-Pin-0815";

    [Fact]
    public async Task A_wrong_PIN_is_offered_once_however_often_it_is_asked_for()
    {
        using TestToken token = await TestToken.CreateAsync();
        using var log = new CollectedLog();
        using var metrics = new CollectedMetrics(token.Label);
        await File.WriteAllTextAsync(token.PinPath, WrongPin, TestContext.Current.CancellationToken);
        var options = new Pkcs11Options { LoggerFactory = log };
        for (int i = 0; i < 5; i++)
        {
            SigningException fault = Assert.Throws<SigningException>(() => token.OpenSigner(options));
            Assert.False(fault.IsTransient);
            Assert.Equal("CKR_PIN_INCORRECT", fault.ErrorCode);
            Assert.Contains("pin-source", fault.Message, StringComparison.Ordinal);
            Assert.Contains("not tried again", fault.Message, StringComparison.Ordinal);
            AssertSecret(WrongPin, fault, log.Text, metrics.Text);
        }

        Assert.Equal(1, token.Module.Calls("C_Login"));

        await File.WriteAllTextAsync(token.PinPath, TestToken.Pin, TestContext.Current.CancellationToken);
        using Pkcs11Signer signer = token.OpenSigner(options);
        token.SignAndVerify(signer);
        Assert.Equal(2, token.Module.Calls("C_Login"));
        AssertSecret(TestToken.Pin, signer, signer.Problem, log.Text, metrics.Text, new Pkcs11Options(), Pkcs11Uri.Parse(token.KeyUri));
    }

    [Fact]
    public async Task A_PIN_that_was_changed_under_way_is_offered_once_and_the_corrected_one_is_taken_while_old_signers_live()
    {
        using TestToken token = await TestToken.CreateAsync();
        using Pkcs11Signer old = token.OpenSigner();
        token.Module.Set("sessions invalid", "C_Login return 0xA0");
        int logins = token.Module.Calls("C_Login");
        SigningException?[] faults = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => TestToken.RunForFaultAsync(() => token.SignAndVerify(old))));
        Assert.All(faults, fault => Assert.False(Assert.IsType<SigningException>(fault).IsTransient));
        Assert.Throws<SigningException>(() => token.OpenSigner());
        Assert.Equal(logins + 1, token.Module.Calls("C_Login"));

        token.Module.Clear();
        Assert.Throws<SigningException>(() => token.SignAndVerify(old)); // the PIN that was refused stays refused

        await File.WriteAllTextAsync(token.PinPath, WrongPin, TestContext.Current.CancellationToken);
        Assert.Throws<SigningException>(() => token.OpenSigner());
        Assert.Throws<SigningException>(() => token.SignAndVerify(old));
        Assert.Equal(logins + 2, token.Module.Calls("C_Login"));

        Pkcs11Token.ForgetRefusedPins();
        await File.WriteAllTextAsync(token.PinPath, TestToken.Pin, TestContext.Current.CancellationToken);
        using Pkcs11Signer signer = token.OpenSigner();
        token.SignAndVerify(old);
        Assert.Equal(logins + 3, token.Module.Calls("C_Login"));
    }

    [Fact]
    public async Task A_PIN_that_the_token_has_not_judged_yet_is_not_offered_again()
    {
        using TestToken token = await TestToken.CreateAsync();
        var clock = new ManualTimeProvider();
        var options = new Pkcs11Options { TimeProvider = clock };
        token.Module.Set("C_Login hang 1", "C_Login return 0xA0");
        using var same = Pkcs11Token.Create(Pkcs11Uri.Parse(token.TokenUri), options);
        using var other = Pkcs11Token.Create(Pkcs11Uri.Parse(token.TokenUri.Replace("?", ";model=SoftHSM%20v2?", StringComparison.Ordinal)), options);
        Task<SigningException?> first = TestToken.RunForFaultAsync(() => token.OpenSigner(options));
        await token.WaitForCallsAsync("C_Login", 1);
        for (int i = 0; i < 3; i++)
        {
            clock.Advance(TimeSpan.FromSeconds(11)); // the thread that hangs counts as lost; the next one tries
            Assert.True(Ask(same).IsTransient);
            Assert.True(Ask(other).IsTransient);
        }

        Assert.Equal(1, token.Module.Calls("C_Login"));
        token.Module.Set("C_Login return 0xA0");
        Assert.Equal("CKR_PIN_INCORRECT", (await first.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken))?.ErrorCode);
        clock.Advance(TimeSpan.FromSeconds(1));
        Assert.All([same, other], opened => Assert.Equal(("CKR_PIN_INCORRECT", false), (Ask(opened).ErrorCode, Ask(opened).IsTransient)));
        Assert.Equal(1, token.Module.Calls("C_Login"));

        static SigningException Ask(Pkcs11Token opened) =>
            Assert.Throws<SigningException>(() => opened.Connection.Pool.Rent(SigningPriority.Live, TimeSpan.FromMilliseconds(200)));
    }

    [Fact]
    public async Task Two_wrong_PINs_do_not_take_turns()
    {
        using TestToken token = await TestToken.CreateAsync();
        for (int i = 0; i < 6; i++)
        {
            await File.WriteAllTextAsync(token.PinPath, WrongPin + (i % 2), TestContext.Current.CancellationToken);
            Assert.Throws<SigningException>(() => token.OpenSigner());
        }

        Assert.Equal(2, token.Module.Calls("C_Login"));
    }

    [Fact]
    public async Task An_operator_may_have_a_refused_PIN_tried_again()
    {
        using TestToken token = await TestToken.CreateAsync();
        token.Module.Set("C_Login return 0xA0 1");
        Assert.Throws<SigningException>(() => token.OpenSigner());
        Assert.Throws<SigningException>(() => token.OpenSigner());
        Pkcs11Token.ForgetRefusedPins();
        using Pkcs11Signer signer = token.OpenSigner();
        token.SignAndVerify(signer);
    }

    [Theory]
    [InlineData("0xA4", "CKR_PIN_LOCKED", "security officer")]
    [InlineData("0xA3", "CKR_PIN_EXPIRED", "expired")]
    [InlineData("0x102", "CKR_USER_PIN_NOT_INITIALIZED", "no user PIN")]
    [InlineData("0xA2", "CKR_PIN_LEN_RANGE", "does not take such a PIN")]
    public async Task What_else_is_wrong_with_a_PIN_is_said_and_ends_the_tries(string value, string name, string advice)
    {
        using TestToken token = await TestToken.CreateAsync();
        token.Module.Set($"C_Login return {value}");
        SigningException fault = Assert.Throws<SigningException>(() => token.OpenSigner());
        Assert.Equal((name, false), (fault.ErrorCode, fault.IsTransient));
        Assert.Contains(advice, fault.Message, StringComparison.Ordinal);
        Assert.Throws<SigningException>(() => token.OpenSigner());
        Assert.Equal(1, token.Module.Calls("C_Login"));
    }

    [Fact]
    public async Task The_PIN_comes_from_the_environment_or_from_a_person_who_is_asked_once()
    {
        using TestToken token = await TestToken.CreateAsync();
        string bare = token.KeyUri[..token.KeyUri.IndexOf("&pin-source", StringComparison.Ordinal)];
        string variable = "PKICORE_TEST_PIN_" + token.Label;
        SigningException missing = Assert.Throws<SigningException>(() => Pkcs11Signer.Open($"{bare}&pin-source=env:{variable}", token.Certificate));
        Assert.Contains(variable, missing.Message, StringComparison.Ordinal);
        Environment.SetEnvironmentVariable(variable, TestToken.Pin);
        using (var signer = Pkcs11Signer.Open($"{bare}&pin-source=env:{variable}", token.Certificate))
        {
            token.SignAndVerify(signer);
        }

        var asked = new List<string>();
        string Answer(string name)
        {
            asked.Add(name);
            return asked.Count == 1 ? WrongPin : TestToken.Pin;
        }

        var options = new Pkcs11Options { PinPrompt = Answer };
        Assert.Throws<SigningException>(() => Pkcs11Signer.Open(bare, token.Certificate, algorithm: null, options));
        using var one = Pkcs11Signer.Open(bare, token.Certificate, algorithm: null, options);
        using var two = Pkcs11Signer.Open(bare, token.Certificate, algorithm: null, options);
        token.SignAndVerify(two);
        Assert.Equal([token.Label, token.Label], asked);
    }

    [Fact]
    public async Task Without_a_PIN_the_fault_says_how_to_give_one()
    {
        using TestToken token = await TestToken.CreateAsync();
        SigningException none = Assert.Throws<SigningException>(() => Pkcs11Token.Open(token.TokenUri[..token.TokenUri.IndexOf("&pin-source", StringComparison.Ordinal)]));
        Assert.Contains("pin-source=file:PATH", none.Message, StringComparison.Ordinal);
        Assert.Equal(0, token.Module.Calls("C_Login"));
    }

    [Fact]
    public async Task A_PIN_file_that_went_away_is_an_error_for_the_next_who_opens_and_keeps_no_user()
    {
        using TestToken token = await TestToken.CreateAsync();
        using (Pkcs11Signer signer = token.OpenSigner())
        {
            File.Delete(token.PinPath);
            Assert.Throws<SigningException>(() => token.OpenSigner());
            token.SignAndVerify(signer);
        }

        Assert.Equal(1, token.Module.Calls("C_Finalize"));
    }

    [Theory]
    [InlineData("/nonexistent/pin")]
    [InlineData("")]
    [InlineData("/")]
    public async Task A_PIN_file_that_cannot_be_read_is_named(string path)
    {
        using TestToken token = await TestToken.CreateAsync();
        string uri = token.KeyUri[..token.KeyUri.IndexOf("file:", StringComparison.Ordinal)] + "file:" + path;
        SigningException fault = Assert.Throws<SigningException>(() => Pkcs11Signer.Open(uri, token.Certificate));
        Assert.Contains("PIN", fault.Message, StringComparison.Ordinal);
        Assert.Equal(0, token.Module.Calls("C_Login"));
    }

    private static void AssertSecret(string pin, params object?[] places)
    {
        foreach (object? place in places)
        {
            Assert.DoesNotContain(pin, place?.ToString() ?? "", StringComparison.Ordinal);
            for (Exception? e = place as Exception; e is not null; e = e.InnerException)
            {
                Assert.DoesNotContain(pin, e.Message, StringComparison.Ordinal);
                Assert.All(e.Data.Cast<DictionaryEntry>(), entry => Assert.DoesNotContain(pin, $"{entry.Key}{entry.Value}", StringComparison.Ordinal));
            }
        }
    }
}
